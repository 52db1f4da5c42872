import type { CallSeen, EffectSeen, FaultDone, Observations, StepSeen } from './observations.js';

// The oracle: counts what a run lost, did twice or left behind. Whatever is not known counts against the run.

/** An answer that was on its way when its reader was killed may not have been kept: it was in flight. */
const IN_FLIGHT_MS = 1_500;
/** For so long after a kill the server may hand out work to a poll of the killed program. */
const DEAD_POLL_MS = 1_000;

export interface Counts {
  readonly started: number;
  readonly finished: number;
  readonly stuck: number;
  /** Ended in another way than an undisturbed mission of its kind. */
  readonly otherEnd: number;
  readonly sameTree: number;
  readonly otherTree: number;
  readonly paidTwice: number;
  readonly effectsTwice: number;
  readonly signalsLost: number;
  readonly startedTwice: number;
  readonly turnsRepeated: number;
  readonly leakedProcesses: number;
  readonly leakedWorkspaces: number;
  readonly leakedMounts: number;
  readonly leakedFiles: number;
  /** What looks for leaks did not see what was put there to be seen. */
  readonly leaksUnseen: number;
  readonly faultsNotDone: number;
  /** Calls of models that were asked again although nobody had their answer, and the most by one agent for one kill. */
  readonly callsAskedAgain: number;
  readonly mostCallsPerKill: number;
  readonly batchesRedone: number;
  readonly mostBatchesPerKill: number;
  /** Asked again or redone without any kill or fault that explains it. */
  readonly redoneWithoutCause: number;
}

export interface Recovery {
  readonly n: number;
  readonly p50Ms: number;
  readonly maxMs: number;
}

export interface Judged {
  readonly counts: Counts;
  /** From a kill until a step that it interrupted was begun again, or what it served went on. */
  readonly recovery: Readonly<Record<'worker' | 'gateway' | 'server', Recovery>>;
  /** One line for each promise that was broken. */
  readonly broken: readonly string[];
}

/** What a run may count at most, and how a break of it is told. What is not named here is only reported. */
const LIMITS: readonly (readonly [keyof Counts, number, string])[] = [
  ['stuck', 0, 'missions did not come to an end'],
  ['otherEnd', 0, 'missions ended otherwise than undisturbed ones'],
  ['otherTree', 0, 'missions left another tree than undisturbed ones'],
  ['paidTwice', 0, 'answers of models were paid twice'],
  ['effectsTwice', 0, 'effects were made twice'],
  ['signalsLost', 0, 'signals were lost after a 2xx'],
  ['startedTwice', 0, 'missions were started twice for one signal'],
  ['turnsRepeated', 0, 'finished turns were repeated'],
  ['leakedProcesses', 0, 'processes were left behind'],
  ['leakedWorkspaces', 0, 'workspaces were left behind'],
  ['leakedMounts', 0, 'mounts were left behind'],
  ['leakedFiles', 0, 'temporary files were left behind'],
  ['leaksUnseen', 0, 'leaks could not be looked for'],
  ['faultsNotDone', 0, 'planned faults were not done'],
  ['mostCallsPerKill', 1, 'model calls of one agent were asked again for one kill'],
  ['mostBatchesPerKill', 1, 'tool batches of one agent were redone for one kill'],
  ['redoneWithoutCause', 0, 'calls or tool batches were made again without a kill or a fault'],
];

export function judge(seen: Observations): Judged {
  const { missions, leftovers } = seen;
  const kills = seen.faults.filter(({ planned }) => 'target' in planned);
  const count = (holds: (mission: Observations['missions'][number]) => boolean) => missions.filter(holds).length;
  const calls = callsAgain(seen.calls, kills);
  const batches = batchesAgain(seen.steps, kills);
  const counts: Counts = {
    started: count(({ started }) => started > 0),
    finished: count(({ open, result }) => !open && result !== ''),
    stuck: count(({ accepted, started, open, result }) => (open || result === '') && (started > 0 || accepted === 0)),
    otherEnd: count(({ open, result }) => !open && result !== '' && result !== 'shipped'),
    sameTree: count(({ tree, expectedTree }) => tree === expectedTree),
    otherTree: count(({ tree, expectedTree }) => tree !== expectedTree) + seen.strayFiles.length,
    paidTwice: paidTwice(seen.calls, kills),
    effectsTwice: effectsTwice(seen.effects),
    signalsLost: count(({ accepted, started }) => accepted > 0 && started === 0),
    startedTwice: missions.reduce((sum, { started }) => sum + Math.max(0, started - 1), 0),
    turnsRepeated: turnsRepeated(seen.steps),
    leakedProcesses: leftovers.processes.length,
    leakedWorkspaces: leftovers.workspaces.length,
    leakedMounts: leftovers.mounts.length,
    leakedFiles: leftovers.files.length,
    leaksUnseen: leftovers.control ? 0 : 1,
    faultsNotDone: seen.planned - seen.faults.length,
    callsAskedAgain: calls.again,
    mostCallsPerKill: calls.most,
    batchesRedone: batches.again,
    mostBatchesPerKill: batches.most,
    redoneWithoutCause: calls.withoutCause + batches.withoutCause,
  };
  const broken = LIMITS.filter(([name, most]) => counts[name] > most).map(
    ([name, most, what]) => `${counts[name]} ${what}${most > 0 ? `, ${most} may be` : ''}`,
  );
  if (missions.length === 0) broken.push('no mission was looked at');
  return { counts, recovery: recoveries(seen, kills), broken };
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}

/** An answer that was sent to its end and is asked for again, unless its reader was killed while it came. */
function paidTwice(calls: readonly CallSeen[], kills: readonly FaultDone[]): number {
  // What is handed over to the system may have lost its reader already.
  const inFlight = ({ at, deliveredAt = at }: CallSeen) =>
    kills.some(
      ({ planned, at: killed }) => planned.fault === 'worker' && killed >= at && killed - deliveredAt < IN_FLIGHT_MS,
    );
  return groupBy(calls, ({ key }) => key).reduce((sum, same) => {
    const paid = same.filter(({ deliveredAt }) => deliveredAt !== undefined).sort((one, other) => one.at - other.at);
    return sum + paid.slice(0, -1).filter((call) => !inFlight(call)).length;
  }, 0);
}

function effectsTwice(effects: readonly EffectSeen[]): number {
  const groups = groupBy(effects, ({ effect, item, key }) => JSON.stringify([effect, item, key]));
  return groups.reduce((sum, same) => sum + same.length - 1, 0);
}

function turnsRepeated(steps: readonly StepSeen[]): number {
  const turns = steps.filter(({ step, end }) => (step === 'callModel' || step === 'runTools') && end === 'completed');
  return groupBy(turns, ({ workflow, step, input }) => `${workflow} ${step} ${input}`).reduce(
    (sum, same) => sum + same.length - 1,
    0,
  );
}

interface Again {
  readonly again: number;
  readonly most: number;
  readonly withoutCause: number;
}

/** Each time that an agent asked again is put down to the last kill since it had asked before. */
function callsAgain(calls: readonly CallSeen[], kills: readonly FaultDone[]): Again {
  const perKill = new Map<string, number>();
  let [again, withoutCause] = [0, 0];
  for (const same of groupBy(calls, ({ key }) => key)) {
    const inOrder = same.toSorted((one, other) => one.at - other.at);
    for (const [n, call] of inOrder.slice(1).entries()) {
      const before = inOrder[n];
      if (before?.spoil && before.spoil !== 'delay') continue;
      again += 1;
      const kill = kills.findLast(({ at }) => at <= call.at && at >= (before?.at ?? 0));
      if (!kill) withoutCause += 1;
      else perKill.set(`${call.agent} ${kill.planned.n}`, (perKill.get(`${call.agent} ${kill.planned.n}`) ?? 0) + 1);
    }
  }
  return { again, withoutCause, most: Math.max(0, ...perKill.values()) };
}

/** A batch that was begun more often than there were kills while it was under way is redone too often. */
function batchesAgain(steps: readonly StepSeen[], kills: readonly FaultDone[]): Again {
  let [again, most, withoutCause] = [0, 0, 0];
  const batches = steps.filter(({ step }) => step === 'runTools');
  for (const same of groupBy(batches, ({ workflow, input }) => `${workflow} ${input}`)) {
    const begun = same.reduce((sum, { attempts }) => sum + attempts, 0);
    const redone = Math.max(0, begun - 1);
    const from = Math.min(...same.map(({ scheduledAt }) => scheduledAt));
    const to = Math.max(...same.map(({ startedAt, scheduledAt }) => startedAt ?? scheduledAt));
    const causes = kills.filter(({ at }) => at >= from - DEAD_POLL_MS && at <= to).length;
    again += redone;
    if (causes === 0) withoutCause += redone;
    else most = Math.max(most, Math.ceil(redone / causes));
  }
  return { again, most, withoutCause };
}

function recoveries({ steps }: Observations, kills: readonly FaultDone[]): Judged['recovery'] {
  const of = (fault: string) => kills.filter(({ planned }) => planned.fault === fault);
  const workers = of('worker');
  const interrupted = steps.flatMap((step) => {
    const begun = begunAgain(step, steps);
    if (begun === undefined) return [];
    const kill = workers.findLast(({ at }) => at >= step.scheduledAt && at <= begun);
    return kill ? [begun - kill.at] : [];
  });
  const served = of('gateway').flatMap(({ at, backAt }) => (backAt === undefined ? [] : [backAt - at]));
  const begins = steps.flatMap(({ startedAt }) => (startedAt === undefined ? [] : [startedAt])).sort((a, b) => a - b);
  const recorded = of('server').flatMap(({ at }) => {
    const next = begins.find((begin) => begin > at);
    return next === undefined ? [] : [next - at];
  });
  return { worker: recovery(interrupted), gateway: recovery(served), server: recovery(recorded) };
}

/** A step that was lost is begun again by its retry, or by one like it that its workflow schedules on another host. */
function begunAgain(step: StepSeen, steps: readonly StepSeen[]): number | undefined {
  if (step.end !== 'timed-out') return step.attempts > 1 ? step.startedAt : undefined;
  const like = steps.filter(({ workflow, step: name }) => workflow === step.workflow && name === step.step);
  return like.find(({ scheduledAt }) => scheduledAt > step.scheduledAt)?.startedAt;
}

function recovery(times: readonly number[]): Recovery {
  const sorted = times.toSorted((one, other) => one - other);
  const n = sorted.length;
  return { n, p50Ms: sorted[Math.floor((n - 1) / 2)] ?? 0, maxMs: sorted.at(-1) ?? 0 };
}
