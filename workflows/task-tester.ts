import type { BriefPart } from '../schemas/agent.js';
import type { TaskResult } from '../schemas/turn.js';
import { Agent } from './agent.js';
import { runGates } from './gates.js';
import { steps } from './steps.js';
import { plannedPart } from './task-assignment.js';
import { commitWork } from './task-commit.js';
import type { TaskContext } from './task-context.js';
import { roundOf } from './task-critique.js';

/** Submissions that may turn out to specify nothing before the task is given up. */
const ATTEMPTS = 3;

/**
 * Test-first: the tester writes tests that fail for lack of the change. From then on they are the task's targets, and
 * no longer the coder's to touch. Undefined when they are there.
 */
export async function writeTests(task: TaskContext): Promise<TaskResult | 'rest' | undefined> {
  const { input, state } = task;
  const options = task.agentOptions(input.node.id, 0);
  const tester = state.tester
    ? Agent.resume({ role: 'tester', repo: input.repo }, state.tester, options)
    : await openTester(task);
  state.tester = tester.state;
  let complaint: string | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; ) {
    const end = await tester.run();
    if (end.tool === 'rest') return 'rest';
    if (end.tool === 'ask') {
      tester.tell({ from: 'the reporter', text: await task.ask(end.question, end.options) });
      continue;
    }
    if (end.tool !== 'submit') {
      await tester.close();
      const because = end.tool === 'none' ? end.because : `${end.tool}: ${end.because}`;
      const final = end.tool === 'none' && (end.why === 'money' || end.why === 'quota');
      return task.end('failed', `no failing test was written first: ${because}`, { final });
    }
    complaint = await accept(task, tester.state.tree, end.output, end.summary);
    if (complaint === undefined) {
      await tester.close();
      delete state.tester;
      return undefined;
    }
    attempt++;
    tester.tell({ from: 'gates', text: complaint });
  }
  await tester.close();
  return task.end(
    'failed',
    `no failing test was written first: ${ATTEMPTS} submissions specified nothing; the last: ${complaint}`,
  );
}

async function openTester(task: TaskContext): Promise<Agent> {
  const { input } = task;
  const { node, agents, repo, near, blueprintRef } = input;
  return Agent.open(
    {
      key: task.agentKey('tester', 0),
      role: 'tester',
      kind: 'test',
      repo,
      near,
      tree: input.start.tree,
      blueprint: blueprintRef,
      brief: [...(agents?.brief ?? []), plannedPart(node), assignment(task)],
      scope: { allow: testsOf(task), deny: [] },
    },
    task.agentOptions(node.id, 0),
  );
}

function assignment({ input }: TaskContext): BriefPart {
  const { node } = input;
  const text = [
    `Write the tests first for task ${node.id}. What is to be done is quoted above, from the plan.`,
    'They must fail now for lack of the change, each for its own reason, and pass once the change is made.',
    'Hand in the ids of the failing tests: `<test file, from the module>::<title path joined by " > ">`.',
    `Tests of module ${node.module ?? '.'} are in: ${testsOf({ input } as TaskContext).join(', ')}`,
  ].join('\n');
  return { title: 'Your task', from: 'signalbox', own: true, text };
}

/** Globs of the module's tests, from the root of the repository. */
export function testsOf({ input }: Pick<TaskContext, 'input'>): string[] {
  const { node, blueprint } = input;
  const module = node.module === undefined ? undefined : blueprint.modules[node.module];
  if (!module) return [];
  const prefix = module.path === '.' ? '' : `${module.path}/`;
  return module.tests.map((glob) => `${prefix}${glob}`);
}

/** Undefined when the tests are there and red; else what is wrong with them. */
async function accept(
  task: TaskContext,
  tree: string,
  output: Parameters<typeof steps.readTesterOutput>[0]['output'],
  summary: string,
): Promise<string | undefined> {
  const { input, state } = task;
  if (tree === input.start.tree) return 'Nothing was changed: there is no new test.';
  task.enter('do the new tests fail?');
  const verdicts = await runGates(roundOf(task, tree, {}));
  const [verdict] = verdicts.filter(({ cases }) => cases !== undefined);
  if (!verdict?.cases) return 'No gate of this task reports which tests ran, so nothing shows that the new ones fail.';
  const { failing, others } = await steps.readTesterOutput.executeWithOptions(
    { summary: `${input.node.id}: which of the new tests fail?` },
    [{ output, cases: verdict.cases }],
  );
  if (others.length > 0) return `These did not run, or pass already: ${others.join('; ')}. Gate: ${verdict.reason}`;
  const commit = await commitWork(task, { tree, summary, role: 'tester' });
  state.tests = { ...commit, targets: failing };
  task.record({
    n: state.turns.length + 1,
    rung: 'tester',
    plan: 'tests first',
    act: { summary, tried: 0, tree },
    critique: {
      decision: 'again',
      because: `${failing.length} new tests fail for lack of the change`,
      verdicts: [verdict],
      findings: [],
    },
  });
  return undefined;
}
