import type { Alert } from '../schemas/alert.js';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { EvidenceLine, IncidentEvidence, IncidentTerms } from '../schemas/incident.js';
import { redactor } from '../schemas/redact.js';
import { IncidentAnalystOutput } from '../schemas/role-output.js';
import { askOnce, type OpinionPorts } from './opinion.js';
import type { PatchOf } from './ports-triage.js';
import type { RouteKnowledge } from './routing.js';
import { oneLine } from './tool-text.js';
import { hiddenWords } from './triage-judge.js';

// What an incident analyst makes of what was gathered: for whoever decides. It changes nothing, and decides nothing.

/** Suspects, evidence and checks are some thousand characters. */
const OUTPUT_TOKENS = 8_000;
const PATCHES = 4;
/** A git command on a repository that is here. */
const PATCH_MS = 10_000;
const PATCH_CHARACTERS = 12_000;
const SUSPECTS = 5;
const CHECKS = 5;

export interface AnalyseIncident {
  readonly incident: string;
  /** Of the incident workflow: its analysis is paid for once. */
  readonly execution: string;
  readonly alert: Alert;
  readonly terms: IncidentTerms;
  readonly lines: readonly EvidenceLine[];
  /** What was gathered, as Markdown; undefined when nothing could be. */
  readonly gathered?: BlobRef;
  readonly since: string;
  readonly alerts: number;
}

export type AnalysisPorts = OpinionPorts & {
  readonly depot: RouteKnowledge['depot'];
  readonly forge: RouteKnowledge['forge'];
  readonly patch: PatchOf;
};

export function createIncidentAnalysisActivities(
  ports: AnalysisPorts,
  { usdPerIncident }: { readonly usdPerIncident: number },
) {
  const { blobs, depot, forge, patch } = ports;
  return {
    /** Hypothesis, suspects and first checks, after what was gathered. What can't be had is a gap, and says so. */
    async analyseIncident(input: AnalyseIncident): Promise<IncidentEvidence> {
      const { incident, execution, alert, terms, lines, since, alerts } = input;
      const known = input.gathered ? (await blobs.get(input.gathered)).toString() : 'nothing was gathered\n';
      const kept = async (added: readonly EvidenceLine[]): Promise<IncidentEvidence> => {
        const text = added.map(({ kind, text: said }) => `- ${kind}: ${said}`).join('\n');
        return { lines: added, blob: await blobs.put(`${known}${text}\n`, 'text/markdown') };
      };
      const words = await hiddenWords({ depot, forge }, terms.repo === undefined ? [] : [terms.repo]);
      if (!words) return kept([gap('the blueprint can not be read, so it is not known which words to hide')]);
      const redact = redactor(words);
      const told = `${alert.name}: ${alert.summary}\n${alert.description ?? ''}\n${JSON.stringify(alert.labels)}`;
      const answer = await askOnce(ports, {
        ...{ role: 'incident-analyst', kind: 'incident', repo: terms.repo ?? '', maxUsd: usdPerIncident },
        ...{ key: `${incident}/${execution}/analysis`, maxOutputTokens: OUTPUT_TOKENS },
        brief: [
          { title: 'The alert', from: 'the monitor', text: redact(`${told}\n${alerts} alerts since ${since}`) },
          { title: 'What is known', from: 'sources of evidence', text: redact(known) },
          ...(await patchesOf(patch, terms.repo, lines)).map(({ hash, text }) => ({
            ...{ title: `Change ${hash}`, from: 'the history of the repository', text: redact(text) },
          })),
        ],
      });
      if ('none' in answer) return kept([gap(answer.none)]);
      return kept(linesOf(IncidentAnalystOutput.parse(answer.output), answer.model ?? 'a model'));
    },
  };
}

export type IncidentAnalysisActivities = ReturnType<typeof createIncidentAnalysisActivities>;

function gap(why: string): EvidenceLine {
  return { kind: 'gap', text: oneLine(`no model could say more: ${why}`, 300) };
}

function linesOf({ summary, suspects, next }: IncidentAnalystOutput, model: string): EvidenceLine[] {
  return [
    { kind: 'analysis', text: oneLine(`${model} thinks: ${summary}`, 600) },
    ...suspects.slice(0, SUSPECTS).map(({ path, why, confidence }) => ({
      ...{ kind: 'suspect' as const, text: oneLine(`${path} (confidence ${confidence}): ${why}`, 300) },
    })),
    ...next.slice(0, CHECKS).map((check) => ({ kind: 'check' as const, text: oneLine(check, 300) })),
  ];
}

/** Of the changes that came last. One that can't be read is left out: its line is there all the same. */
async function patchesOf(
  patch: PatchOf,
  repo: string | undefined,
  lines: readonly EvidenceLine[],
): Promise<readonly { readonly hash: string; readonly text: string }[]> {
  if (repo === undefined) return [];
  const hashes = lines.flatMap(({ kind, text }) => {
    const hash = kind === 'change' ? /^([0-9a-f]{7,40}) /.exec(text)?.[1] : undefined;
    return hash === undefined ? [] : [hash];
  });
  const read = hashes.slice(0, PATCHES).map(async (hash) => {
    const text = await patch(repo, hash, AbortSignal.timeout(PATCH_MS)).catch(() => undefined);
    return text === undefined ? [] : [{ hash, text: text.slice(0, PATCH_CHARACTERS) }];
  });
  return (await Promise.all(read)).flat();
}
