import type { Notice } from '../schemas/agent.js';
import type { Message } from '../schemas/model.js';
import { estimateTokens } from './conversation.js';
import { inTurns, unanswered } from './inbox.js';

// A conversation that is nearly as long as its model can read goes on from its brief, a summary and its last turns.

const KEPT_TURNS = 3;

export const SUMMARISE: Notice = {
  from: 'signalbox',
  text: `This conversation is nearly as long as you can read, and will go on from a summary that you write now. Keep: the brief, your last turns and the state of the workspace. Everything else is lost unless you write it down.

Write for yourself, in this order:
1. what the goal is, in your own words, and what was decided on the way;
2. what you found out: exact paths, lines, symbols, commands, messages of errors;
3. what you changed so far, file by file, and why;
4. what you tried that did not work, so that you do not try it again;
5. what is left to do, in order.

Answer with text alone. Do not call a tool now.`,
};

const GO_ON =
  'Signalbox shortened the conversation: what was before is in your summary. The workspace is as you left it. Go on.';
const NO_SUMMARY = 'I gave no summary. What I did before is in the workspace; I read the files again before I go on.';

/**
 * The brief as it was, the summary as the model's own words, and the last turns: an answer and what was said to it,
 * word for word, as far as they fit into `keepTokens`.
 */
export function compacted(messages: readonly Message[], summary: string, keepTokens: number): Message[] {
  const [brief] = messages;
  const said = summary.trim() === '' ? NO_SUMMARY : summary;
  return [
    ...(brief ? [brief] : []),
    { role: 'assistant', parts: [{ type: 'text', text: `Summary of my work so far\n\n${said}` }] },
    { role: 'user', parts: [{ type: 'text', text: GO_ON }] },
    ...lastTurns(messages.slice(1), keepTokens),
  ];
}

function lastTurns(messages: readonly Message[], keepTokens: number): readonly Message[] {
  const starts = messages.flatMap(({ role }, n) => (role === 'assistant' ? [n] : []));
  let kept: readonly Message[] = [];
  for (const start of starts.slice(-KEPT_TURNS).reverse()) {
    const turns = messages.slice(start);
    const tokens = turns.reduce((sum, message) => sum + estimateTokens(message), 0);
    if (tokens > keepTokens) break;
    // An answer that nothing was said to yet is in the summary; the next words after it would have no place.
    if (inTurns(turns).at(-1)?.role === 'user' && unanswered(turns).length === 0) kept = turns;
  }
  return kept;
}
