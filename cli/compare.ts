import { describeUsd, tokensOf } from '../schemas/cost.js';
import { withRecords } from './connect.js';
import { readRecord } from './mission-record.js';
import { json, safe } from './output.js';
import { type MissionStory, tellMission } from './story.js';
import { allWork, totalsOf } from './story-totals.js';
import { cut, duration, painter } from './text.js';

// Two missions side by side: the same work with another model, plan or blueprint.

export interface Row {
  readonly what: string;
  readonly values: readonly [one: string, other: string];
  readonly differs: boolean;
}

interface Compare {
  readonly missions: readonly [string, string];
  readonly json: boolean;
}

/** Exit code 0, whether they differ or not: a difference is what was asked for. */
export function compare({ missions, ...options }: Compare): Promise<number> {
  return withRecords(async (context) => {
    const read = async (mission: string) => {
      const { trees, forgotten } = await readRecord(context, mission);
      return tellMission(trees, forgotten);
    };
    const rows = compareStories(await read(missions[0]), await read(missions[1]));
    const { output } = context;
    if (options.json) output.data(json({ missions, rows }));
    else {
      const paint = painter(output.color);
      const widths = [0, 1].map((column) => Math.max(...rows.map(({ values }) => values[column]?.length ?? 0)));
      const names = Math.max(...rows.map(({ what }) => what.length));
      for (const { what, values, differs } of rows) {
        const cells = values.map((value, column) => value.padEnd(Math.min(widths[column] ?? 0, 60)));
        const text = `${differs ? '≠' : ' '} ${what.padEnd(names)}  ${cells.join('  ')}`.trimEnd();
        output.data(paint(differs ? 'yellow' : 'gray', output.tty ? cut(text, output.columns()) : text));
      }
    }
    return 0;
  });
}

/** Aspects of both, each with whether it is equal; tasks and models that only one has are `none` in the other. */
export function compareStories(one: MissionStory, other: MissionStory): Row[] {
  const row = (what: string, of: (story: MissionStory) => string): Row => {
    const values = [oneLine(of(one)), oneLine(of(other))] as const;
    return { what, values, differs: values[0] !== values[1] };
  };
  const both = (names: (story: MissionStory) => readonly string[]) => [...new Set([...names(one), ...names(other)])];
  return [
    row('mission', ({ item }) => item),
    row('title', ({ title }) => title),
    row('repo', ({ repo }) => repo),
    row('outcome', ({ outcome }) => outcome?.result ?? 'none yet'),
    row('because', ({ outcome }) => outcome?.because ?? ''),
    row('duration', took),
    row('cost', (story) => describeUsd(totalsOf(story).all.cost.usd)),
    row('tokens', (story) => tokensOf(totalsOf(story).all.cost.usage).toLocaleString('en-US')),
    row('model calls', (story) => String(totalsOf(story).all.calls)),
    row('plan versions', ({ plans }) => String(plans.length)),
    row('tasks', (story) => planTasks(story).join(', ') || 'none'),
    ...both(planTasks).map((node) => row(`task ${node}`, (story) => taskSaid(story, node))),
    ...both((story) => Object.keys(totalsOf(story).roles)).map((role) =>
      row(`role ${role}`, (story) => spent(totalsOf(story).roles[role])),
    ),
    ...both((story) => Object.keys(totalsOf(story).models)).map((model) =>
      row(`model ${model}`, (story) => spent(totalsOf(story).models[model])),
    ),
  ];
}

function took({ startedAt, endedAt }: MissionStory): string {
  return endedAt === undefined ? 'still running' : duration(Date.parse(endedAt) - Date.parse(startedAt));
}

function planTasks({ plans }: MissionStory): string[] {
  return plans.at(-1)?.tasks.map(({ id }) => id) ?? [];
}

/** The last of the workflows that worked on the node. */
function taskSaid(story: MissionStory, node: string): string {
  const task = allWork(story.mission)
    .filter(({ type, workflowId }) => type === 'task' && workflowId.endsWith(`/${node}`))
    .at(-1);
  if (!task) return 'none';
  const calls = allWork(task)
    .flatMap(({ steps }) => steps)
    .filter(({ call }) => call).length;
  const iterations = task.task?.turns.length ?? 0;
  const counts = [
    `${iterations} ${iterations === 1 ? 'iteration' : 'iterations'}`,
    ...(calls > 0 ? [`${calls} turns`] : []),
  ];
  return `${task.task?.state ?? (task.ended || 'running')}, ${counts.join(', ')}`;
}

function spent(total: ReturnType<typeof totalsOf>['all'] | undefined): string {
  if (!total) return 'none';
  return `${total.calls} calls, ${tokensOf(total.cost.usage).toLocaleString('en-US')} tokens, ${describeUsd(total.cost.usd)}`;
}

function oneLine(text: string): string {
  return safe(text.replace(/\s*\n\s*/g, ' '));
}
