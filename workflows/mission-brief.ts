import type { BriefPart } from '../schemas/agent.js';
import { pictureParts } from '../schemas/pictures.js';
import type { PlanTask } from '../schemas/plan.js';
import type { MissionState } from './mission-state.js';

/** Notes that agents are given: the last ones, because the plan already answers to the first. */
const NOTES = 40;
/** The last ones of what a task stands on: their commits have the rest. */
const DONE = 40;

/** What every agent of a task is told about the mission: the item, its criteria, what came before. */
export function taskBrief(state: MissionState, before: readonly PlanTask[]): BriefPart[] {
  const { item, data } = state;
  const criteria = state.plan()?.criteria?.map(({ text, check }) => `- ${text} (shown by: ${check})`) ?? [];
  const done = before
    .slice(-DONE)
    .map(({ id }) => state.record(id))
    .map(({ task, detail }) => `- ${task.id}, ${task.title}: ${detail}`);
  if (before.length > DONE) done.unshift(`- ${before.length - DONE} tasks before these`);
  const parts: BriefPart[] = [
    { title: 'The work item', from: `${item.source.kind} ${item.key}`, text: itemText(state) },
    ...pictureParts(item),
    ...(criteria.length > 0 ? [{ title: 'Acceptance criteria', from: 'the plan', text: criteria.join('\n') }] : []),
    ...(done.length > 0 ? [{ title: 'Done before this task', from: 'the mission', text: done.join('\n') }] : []),
  ];
  if (data.notes.length === 0) return parts;
  const earlier = (data.notesDropped ?? 0) + Math.max(0, data.notes.length - NOTES);
  return [
    ...parts,
    {
      title: 'Notes',
      from: 'the mission',
      text: [...(earlier > 0 ? [`${earlier} earlier notes are left out`] : []), ...recentNotes(state)]
        .map((note) => `- ${note}`)
        .join('\n'),
    },
  ];
}

/** Those that the steps of a task are given. */
export function recentNotes({ data }: MissionState): readonly string[] {
  return data.notes.slice(-NOTES);
}

function itemText({ item }: MissionState): string {
  return [
    item.title,
    '',
    item.problem,
    '',
    `Expected: ${item.expected}`,
    ...item.acceptance.map((line) => `- ${line}`),
    ...(item.attachments ?? []).map(
      ({ name, blob }) => `Attached picture: ${name} (${blob.mediaType}, ${blob.bytes} bytes, sha256 ${blob.sha256})`,
    ),
  ].join('\n');
}
