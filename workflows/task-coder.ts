import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { BriefPart, Ending } from '../schemas/agent.js';
import { describeUsd } from '../schemas/cost.js';
import type { FindingAnswer } from '../schemas/role-output.js';
import type { TaskResult } from '../schemas/turn.js';
import { Agent } from './agent.js';
import type { AgentEnd } from './agent-state.js';
import { cancelsInOrder } from './cancelling.js';
import { FindingsLedger } from './findings-ledger.js';
import { rootCause } from './root-cause.js';
import { steps } from './steps.js';
import { plannedPart, targetParts } from './task-assignment.js';
import { commitWork } from './task-commit.js';
import { type CoderState, describeVerdict, type TaskContext } from './task-context.js';
import { type Critique, critique } from './task-critique.js';
import { reviewWork } from './task-review.js';
import { testsOf } from './task-tester.js';

type Submitted = Extract<Ending, { tool: 'submit' }>;

/** The rungs with models: a coder works until gates and reviewers are satisfied; the next rung gets its evidence. */
export async function code(task: TaskContext): Promise<TaskResult | 'rest'> {
  try {
    return await climb(task);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    if (isCancellation(error) && cancelsInOrder()) throw error;
    // No model can be had, or the sandbox refuses: another plan would meet the same.
    return task.end('failed', rootCause(error), { final: true });
  }
}

async function climb(task: TaskContext): Promise<TaskResult | 'rest'> {
  for (;;) {
    const { coder, agent } = await open(task);
    const end = await agent.run();
    if (end.tool === 'rest') return 'rest';
    if (end.tool === 'ask') {
      agent.tell({ from: 'the reporter', text: await task.ask(end.question, end.options) });
      continue;
    }
    if (end.tool === 'submit') {
      const result = await take(task, coder, agent, end);
      if (result === 'again') continue;
      if (result) return leave(task, agent, result);
    }
    if (end.tool === 'split_me') {
      const because = `too large for one task: ${end.because}`;
      return leave(task, agent, task.end('cannot-do', because, { split: [...end.parts] }));
    }
    const because = whyOf(end);
    if (end.tool === 'none' && (end.why === 'money' || end.why === 'quota')) {
      await keep(task, agent, because);
      return leave(task, agent, task.end('failed', because, { final: true }));
    }
    if (coder.rung + 1 >= agent.rungs().length) {
      return leave(task, agent, task.end(end.tool === 'cannot_do' ? 'cannot-do' : 'failed', because));
    }
    await escalate(task, agent, because);
  }
}

function whyOf(end: Exclude<AgentEnd, { tool: 'rest' | 'ask' | 'split_me' }>): string {
  return end.tool === 'submit' ? 'its submissions did not satisfy the gates and the reviewers' : end.because;
}

/** The coder that is at work, or the one of the next rung. */
async function open(task: TaskContext): Promise<{ readonly coder: CoderState; readonly agent: Agent }> {
  const { input, state } = task;
  const { node, agents, repo, near, blueprintRef } = input;
  const role = node.role ?? 'coder';
  if (state.coder) {
    const agent = Agent.resume({ role, repo }, state.coder.agent, task.agentOptions(node.id, state.coder.rung));
    return { coder: state.coder, agent };
  }
  const rung = state.rung;
  const agent = await Agent.open(
    {
      key: task.agentKey(role, rung),
      role,
      kind: agents?.kind ?? 'feature',
      repo,
      near,
      tree: task.start().tree,
      blueprint: blueprintRef,
      brief: [...(agents?.brief ?? []), ...assignment(task), ...state.below],
      scope: scopeOf(task),
    },
    task.agentOptions(node.id, rung),
  );
  for (const note of state.steered) agent.tell({ from: 'the operator', text: note });
  state.coder = { agent: agent.state, rung, submissions: 0, findings: FindingsLedger.start() };
  return { coder: state.coder, agent };
}

/** Tests that define the task are not the coder's to change. */
function scopeOf(task: TaskContext): { allow: string[]; deny: string[] } {
  const { node } = task.input;
  return { allow: [...node.touches], deny: node.proof === 'gates' ? [] : testsOf(task) };
}

function assignment(task: TaskContext): BriefPart[] {
  const { node, blueprint } = task.input;
  const gates = [...blueprint.gates, ...blueprint.scenarios].filter(({ name }) => node.gates.includes(name));
  const text = [
    `Task ${node.id}. What is to be done is quoted above, from the plan.`,
    'It is judged by these gates, run by somebody else on a fresh checkout:',
    ...gates.map(({ name, in: where, command }) => `- ${name}, in ${where}: ${command}`),
  ].join('\n');
  return [
    plannedPart(node),
    ...targetParts(targetsOf(task)),
    { title: 'Your task', from: 'signalbox', own: true, text },
  ];
}

function targetsOf({ input, state }: TaskContext): readonly string[] {
  return state.tests?.targets ?? input.node.targets;
}

/** Gates and rules, then the reviewers. Undefined: this rung has tried often enough. */
async function take(
  task: TaskContext,
  coder: CoderState,
  agent: Agent,
  submitted: Submitted,
): Promise<TaskResult | 'again' | undefined> {
  const { input, state } = task;
  const { node, blueprint } = input;
  const { tree } = agent.state;
  if (tree === task.start().tree) {
    agent.tell({ from: 'gates', text: 'Nothing was changed. Make the change, or end with cannot_do.' });
    return 'again';
  }
  coder.submissions++;
  task.enter(`submission ${coder.submissions}: gates and review`);
  const [{ summary, answers }, work] = await Promise.all([
    steps.readCoderOutput.executeWithOptions({ summary: `${node.id}: what the coder says` }, [
      { output: submitted.output },
    ]),
    commitWork(task, { tree, summary: submitted.summary, role: node.role ?? 'coder' }),
  ]);
  state.last = { ...work, confidence: 'high' };
  const module = node.module;
  const targets = module === undefined ? {} : { [module]: [...(input.targets[module] ?? []), ...targetsOf(task)] };
  const label = `review by rules, submission ${coder.submissions}`;
  const judged = await critique(task, { ...work, summary: submitted.summary, targets, label });
  const reviewed =
    judged.decision === 'done' ? await review(task, coder, agent, { ...work, summary }, answers) : judged;
  task.record({
    n: state.turns.length + 1,
    rung: agent.rungs()[coder.rung]?.tier ?? 'strong',
    plan: node.goal,
    act: { summary: submitted.summary, tried: 0, tree, evidence: submitted.output },
    critique: {
      decision: reviewed.decision,
      because: reviewed.because,
      verdicts: judged.verdicts,
      findings: [...judged.findings, ...(reviewed === judged ? [] : reviewed.findings)],
    },
  });
  if (reviewed.decision === 'done') return task.end('passed', submitted.summary);
  tellRed(agent, judged);
  tellCost(agent);
  return coder.submissions < blueprint.limits.iterationsPerTask && judged.decision !== 'failed' ? 'again' : undefined;
}

async function review(
  task: TaskContext,
  coder: CoderState,
  agent: Agent,
  work: { readonly commit: string; readonly tree: string; readonly summary: string },
  answers: readonly FindingAnswer[],
): Promise<Critique> {
  const { state, notice, ...critique } = await reviewWork(
    task,
    coder.findings,
    { ...work, model: agent.state.prefer ?? '' },
    answers,
  );
  coder.findings = state;
  if (notice !== undefined) agent.tell({ from: 'review', text: notice });
  return critique;
}

function tellRed(agent: Agent, { verdicts, findings, decision }: Critique): void {
  if (decision === 'done') return;
  for (const verdict of verdicts.filter(({ outcome }) => outcome !== 'pass')) {
    agent.tell({
      from: 'gates',
      text: [describeVerdict(verdict), ...verdict.failing.slice(0, 20).map((test) => `- fails: ${test}`)].join('\n'),
      ...(verdict.log && { blobs: [verdict.log] }),
    });
  }
  const blockers = findings.filter(({ severity }) => severity === 'blocker');
  if (blockers.length === 0) return;
  agent.tell({ from: 'rules', text: blockers.map(({ path, message }) => `- ${path}: ${message}`).join('\n') });
}

/** What it has cost is part of what an author has to know of its work. */
function tellCost(agent: Agent): void {
  const { cost, turns, opened } = agent.state;
  const { maxTurns, maxUsd } = opened;
  const most = maxUsd === null ? '' : ` of at most ${describeUsd(maxUsd)}`;
  agent.tell({ from: 'budget', text: `So far: ${describeUsd(cost.usd)}${most}, ${turns} of ${maxTurns} turns.` });
}

/** What this rung found out is where the next one starts from; its edits are not. */
async function escalate(task: TaskContext, agent: Agent, because: string): Promise<void> {
  const { state, input } = task;
  await finish(task, agent, 'failed');
  const tier = agent.rungs()[state.rung]?.tier ?? 'before';
  const last = state.turns.at(-1)?.critique;
  const text = [
    `A ${tier} model worked on this task before you and did not get through: ${because}.`,
    ...(last && last.decision !== 'done' ? [`Its last submission: ${last.because}`] : []),
    'Its edits are not in your workspace.',
  ].join('\n');
  state.below.push({ title: 'What was tried before', from: `the rung below, on ${input.node.id}`, text });
  state.rung++;
  delete state.coder;
}

/** What was done when the money was gone, for a person to go on with or to look at. */
async function keep(task: TaskContext, agent: Agent, because: string): Promise<void> {
  const { tree } = agent.state;
  if (tree === task.start().tree || tree === task.state.last?.tree) return;
  const work = await commitWork(task, {
    tree,
    summary: `Unfinished: ${because}`,
    role: task.input.node.role ?? 'coder',
  });
  task.state.last = { ...work, confidence: 'low' };
}

async function leave(task: TaskContext, agent: Agent, result: TaskResult): Promise<TaskResult> {
  await finish(task, agent, result.state);
  return result;
}

/** Gives the workspace back and tells the ledger how the rung did. */
async function finish(task: TaskContext, agent: Agent, result: TaskResult['state']): Promise<void> {
  const { item, repo, node, agents } = task.input;
  const { cost, turns, prefer } = agent.state;
  await Promise.all([
    agent.close(),
    steps.recordAttempt.executeWithOptions({ summary: `${node.id}: ${result}, into the ledger` }, [
      {
        key: task.agentKey(node.role ?? 'coder', task.state.rung),
        at: new Date().toISOString(),
        ...{ repo, item, node: node.id, role: node.role ?? 'coder', kind: agents?.kind ?? 'feature' },
        ...{ model: prefer ?? 'none', result, cost, turns },
        durationMs: Date.now() - task.state.startedAt,
      },
    ]),
  ]);
}
