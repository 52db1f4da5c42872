import type { CheckedCall } from './tool-calls.js';
import type { Answered } from './tool-runs.js';
import { oneLine } from './tool-text.js';

const DID = 200;
const COUNTED = { list: 'listed', search: 'searched', view_image: 'looked at images' } as const;
const ENDED = {
  submit: 'handed in',
  cannot_do: 'gave up',
  split_me: 'asked to be split',
  ask: 'asked a question',
} as const;

/** `read 3 files, edited src/a.ts, ran npm test (exit 1)`: what a batch did, for people. */
export function describeBatch(checked: readonly CheckedCall[], answers: readonly Answered[]): string {
  const told = new Map<string, number>();
  for (const [index, call] of checked.entries()) {
    const what = describeCall(call, answers[index]);
    told.set(what, (told.get(what) ?? 0) + 1);
  }
  const words = [...told].map(([what, times]) => {
    if (what === 'read') return `read ${times} file${times === 1 ? '' : 's'}`;
    return times === 1 ? what : `${what} ${times} times`;
  });
  return oneLine(words.join(', '), DID);
}

function describeCall(call: CheckedCall, answer: Answered | undefined): string {
  if (call.kind === 'refused' || answer?.outcome === 'refused') return 'was refused a call';
  if (call.kind === 'note') return 'noted';
  if (call.kind === 'output') return 'read on in an output';
  if (call.kind === 'ending') return ENDED[call.ending.tool];
  if (call.kind === 'run') {
    const how = answer?.exitCode === null ? 'ended' : `exit ${answer?.exitCode}`;
    return `ran ${oneLine(call.input.command, 60)} (${how})`;
  }
  const failed = answer?.outcome === 'done' ? '' : 'failed: ';
  if (call.call.tool === 'edit') return `${failed}edited ${oneLine(call.call.input.path, 80)}`;
  if (call.call.tool === 'patch') return oneLine(answer?.outcome === 'done' ? answer.text : 'failed: patched', 80);
  if (call.call.tool === 'read') return `${failed}read`;
  return `${failed}${COUNTED[call.call.tool]}`;
}

const SUMMARY = 200;

/** What was handed in, in one line. */
export function summaryOf(output: unknown): string {
  const entries = Object.entries(Object(output));
  const own = entries.find(([name]) => name === 'summary')?.[1];
  if (typeof own === 'string') return oneLine(own, SUMMARY);
  const words = entries.flatMap(([name, value]) => {
    if (Array.isArray(value)) return [`${value.length} ${name}`];
    return typeof value === 'string' && value !== '' ? [value] : [];
  });
  return oneLine(words.join(', '), SUMMARY);
}
