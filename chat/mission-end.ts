import { describeUsd } from '../schemas/cost.js';
import { type ChatMessage, context, message, section } from './blocks.js';
import { type MissionCard, RESULTS } from './mission.js';
import { code, escaped, link } from './mrkdwn.js';

/** The last word on a mission: what came of it, where it is, what it cost and what proves it. */
export function missionEndMessage({ status, requester }: MissionCard): ChatMessage {
  const { outcome, item, pullRequest } = status;
  if (!outcome) return message(escaped(item), [section(code(item))]);
  const { result, because, mergeCommit, proof, spend } = outcome;
  const to = requester === undefined ? '' : `<@${requester}> `;
  const facts = [
    ...(pullRequest ? [`Pull request ${link(pullRequest.url, `#${pullRequest.number}`)}`] : []),
    ...(mergeCommit === undefined ? [] : [`Version ${code(mergeCommit.slice(0, 12))}`]),
    `Cost ${describeUsd(spend.usd)}`,
    ...(proof ? [`Proof ${code(`sha256:${proof.sha256.slice(0, 16)}`)}`] : []),
  ];
  return message(`${escaped(item)}: ${escaped(result)}: ${escaped(because, 500)}`, [
    section(`${to}${RESULTS[result]} ${escaped(because, 1_500)}`),
    context(facts.join(' · ')),
  ]);
}
