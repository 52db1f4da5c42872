import { addCost, NO_COST } from '../schemas/cost.js';
import type { StageTime } from '../schemas/outcome.js';
import type { Plan, PlanTask } from '../schemas/plan.js';
import { type PackedPlans, packPlans, unpackPlans } from '../schemas/plan-versions.js';
import type { Verdict } from '../schemas/verdict.js';
import { MissionBudget } from './mission-budget.js';
import type { MissionStateData, TaskRecord } from './mission-data.js';

// What a mission takes along into its next run: as little of what is over as its later steps need. The archive has
// what every run knew at its end.

/** A payload may have 2 MB; 500 tasks with all of this are half of that. */
const TEXT_CHARACTERS = 800;
const NOTES = 200;
const NOTE_CHARACTERS = 50_000;
/** Two per task of an interactive run. */
const STAGES = 400;

/** `task`: the version of the plan that has it last. */
type PackedRecord = Omit<TaskRecord, 'task'> & { readonly task: PlanTask | number };

/** As it is carried; missions of before carry their state as it is. */
export type PackedMission = Omit<MissionStateData, 'plans' | 'records'> & {
  readonly plans: PackedPlans;
  readonly records: Readonly<Record<string, PackedRecord>>;
};

/** At a rest point only: none of its tasks is at work. */
export function packMission(data: MissionStateData): PackedMission {
  const cut = new Map<PlanTask, PlanTask>();
  const shortened = (task: PlanTask): PlanTask => {
    const known = cut.get(task) ?? (isOver(data.records[task.id]) ? { ...task, goal: short(task.goal) } : task);
    cut.set(task, known);
    return known;
  };
  const plans = data.plans.map((plan): Plan => ({ ...plan, tasks: plan.tasks.map(shortened) }));
  const notes = lastNotes(data.notes);
  const dropped = (data.notesDropped ?? 0) + data.notes.length - notes.length;
  const last = lastTasks(plans);
  return {
    ...data,
    ...{ plans: packPlans(plans), notes, stages: packStages(data.stages) },
    ...(dropped > 0 && { notesDropped: dropped }),
    ...(data.budget && { budget: MissionBudget.packed(data.budget) }),
    records: Object.fromEntries(
      Object.entries(data.records).map(([id, record]) => [id, packRecord(record, shortened(record.task), last)]),
    ),
  };
}

export function unpackMission(packed: PackedMission): MissionStateData {
  const plans = unpackPlans(packed.plans);
  const byVersion = new Map(plans.map((plan) => [plan.version, plan]));
  const taskOf = (id: string, version: number): PlanTask => {
    const task = byVersion.get(version)?.tasks.find((one) => one.id === id);
    if (!task) throw new Error(`plan ${version} has no task ${id}`);
    return task;
  };
  const records = Object.entries(packed.records).map(([id, { task, ...record }]): [string, TaskRecord] => [
    id,
    { ...record, task: typeof task === 'number' ? taskOf(id, task) : task },
  ]);
  return { ...packed, plans, records: Object.fromEntries(records) };
}

function isOver(record: TaskRecord | undefined): boolean {
  return record !== undefined && record.state !== 'waiting' && record.state !== 'running';
}

function short(text: string): string {
  const more = text.length - TEXT_CHARACTERS;
  // What was cut before stays as it is: the mark is longer than nothing.
  if (more <= TEXT_CHARACTERS / 10) return text;
  return `${text.slice(0, TEXT_CHARACTERS)} … (${more} characters more are in the archive)`;
}

function packRecord(
  record: TaskRecord,
  task: PlanTask,
  last: ReadonlyMap<string, { readonly version: number; readonly task: PlanTask }>,
): PackedRecord {
  const planned = last.get(task.id);
  const same = planned && JSON.stringify(planned.task) === JSON.stringify(task);
  return { ...(isOver(record) ? reduced(record) : record), task: same ? planned.version : task };
}

/** Of validations the mission proves what it merges by their verdicts; those of edits are only shown. */
function reduced(record: TaskRecord): TaskRecord {
  if (record.task.kind !== 'change') return record;
  return { ...record, detail: short(record.detail), verdicts: record.verdicts.map(reducedVerdict) };
}

function reducedVerdict({ gate, tree, outcome, reason, exitCode, durationMs, cached }: Verdict): Verdict {
  return { gate, tree, outcome, reason: short(reason), exitCode, failing: [], durationMs, cached };
}

function lastTasks(plans: readonly Plan[]): Map<string, { readonly version: number; readonly task: PlanTask }> {
  return new Map(
    plans.flatMap(({ version, tasks }) =>
      tasks.map((task): [string, { version: number; task: PlanTask }] => [task.id, { version, task }]),
    ),
  );
}

function lastNotes(notes: readonly string[]): string[] {
  const kept: string[] = [];
  let characters = 0;
  for (const note of notes.slice(-NOTES).reverse()) {
    characters += note.length;
    if (characters > NOTE_CHARACTERS) break;
    kept.unshift(note);
  }
  return kept;
}

/** The oldest stages become one per name: what they took and cost still adds up. */
function packStages(stages: readonly StageTime[]): StageTime[] {
  if (stages.length <= STAGES) return [...stages];
  const sums = new Map<string, StageTime>();
  for (const one of stages.slice(0, -STAGES)) {
    const sum = sums.get(one.stage);
    const cost = addCost(sum?.cost ?? NO_COST, one.cost ?? NO_COST);
    sums.set(one.stage, {
      ...(sum ?? one),
      ms: (sum?.ms ?? 0) + one.ms,
      ...((one.cost || sum?.cost) && { cost }),
    });
  }
  return [...sums.values(), ...stages.slice(-STAGES)];
}
