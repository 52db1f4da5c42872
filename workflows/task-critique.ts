import type { Finding } from '../schemas/finding.js';
import type { Turn } from '../schemas/turn.js';
import type { Verdict } from '../schemas/verdict.js';
import { type GateRound, judgedGates, RERUNS, runGates } from './gates.js';
import { steps } from './steps.js';
import { describeVerdict, type TaskContext } from './task-context.js';

export interface Critique {
  readonly decision: Turn['critique']['decision'];
  readonly because: string;
  readonly verdicts: Verdict[];
  readonly findings: Finding[];
}

interface Work {
  readonly commit: string;
  readonly tree: string;
  /** What it says of itself when nothing is objected. */
  readonly summary: string;
  /** Module -> tests that must pass. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  readonly label: string;
}

/** The gates of the task and the rules, side by side. */
export async function critique(task: TaskContext, work: Work): Promise<Critique> {
  const { repo, blueprint, node, conflict } = task.input;
  const [{ verdicts, findings: flaky }, ruled] = await Promise.all([
    gatesOf(task, work.tree, work.targets),
    steps.reviewChange.executeWithOptions({ summary: `${node.id}: ${work.label}` }, [
      { repo, from: task.start().commit, to: work.commit, blueprint, touches: node.touches },
    ]),
  ]);
  const findings = [...flaky, ...ruled, ...(conflict ? await checked(task, work.tree) : [])];
  const red = verdicts.filter((verdict) => verdict.outcome !== 'pass');
  const blockers = findings.filter(({ severity }) => severity === 'blocker');
  const reasons = [...red.map(describeVerdict), ...blockers.map(({ path, message }) => `${path} ${message}`)];
  if (reasons.length === 0) return { decision: 'done', because: work.summary, verdicts, findings };
  const because = reasons.join('; ');
  return stuck(task, work.tree, because, red)
    ? { decision: 'failed', because: `no progress: ${because}`, verdicts, findings }
    : { decision: 'again', because, verdicts, findings };
}

/** Whether both sides of the conflict are in it. */
function checked({ input }: TaskContext, tree: string): Promise<Finding[]> {
  if (!input.conflict) return Promise.resolve([]);
  return steps.checkResolution.executeWithOptions({ summary: `${input.node.id}: is anything of either side lost?` }, [
    { ...input.conflict, tree },
  ]);
}

/** The gates of the task's node on a tree. Agents are not sent after a test that fails only sometimes. */
export async function gatesOf(
  task: TaskContext,
  tree: string,
  targets: Work['targets'],
): Promise<{ readonly verdicts: Verdict[]; readonly findings: readonly Finding[] }> {
  const round = roundOf(task, tree, targets);
  if (!task.input.agents) return { verdicts: await runGates(round), findings: [] };
  const { verdicts, findings } = await judgedGates(round, { reruns: RERUNS });
  const known = new Set(task.state.flaky.map(({ id }) => id));
  task.state.flaky = [...task.state.flaky, ...findings.filter(({ id }) => !known.has(id))];
  return { verdicts: [...verdicts], findings };
}

/** Every gate of the task's node, once. */
export function roundOf(task: TaskContext, tree: string, targets: Work['targets']): GateRound {
  const { repo, near, blueprint, blueprintRef, node, baseline } = task.input;
  const names = new Set(node.gates);
  const gates = [...blueprint.gates, ...blueprint.scenarios].filter(({ name }) => names.has(name));
  const subject = { repo, tree, near, blueprint: blueprintRef };
  return { host: task.host, subject, gates, baseline, targets, label: node.id };
}

/** The same objections twice, on the same tree or from gates that can't judge any: another round would repeat them. */
function stuck({ state }: TaskContext, tree: string, because: string, red: readonly Verdict[]): boolean {
  const before = state.turns.at(-1);
  const same = before?.critique.because === because;
  return same && (before?.act.tree === tree || red.every((verdict) => verdict.outcome === 'unknown'));
}
