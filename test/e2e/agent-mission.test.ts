import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addCost, NO_COST } from '../../schemas/cost.js';
import { workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import type { Plan } from '../../schemas/plan.js';
import { unpackPlans } from '../../schemas/plan-versions.js';
import type { Turn } from '../../schemas/turn.js';
import { type MissionStatus, missionPlans, type TaskStatus, taskStatus } from '../../workflows/messages.js';
import type { FakeRequest } from '../fakes/models/fake-models.js';
import { type AgentStack, startAgentStack } from './agent-scripts/agent-stack.js';
import { insuranceTalks, STEER } from './agent-scripts/insurance.js';
import { beat, SUMMARY, talking } from './agent-scripts/talks.js';

const MINUTES = 60_000;
const LENSES = '\nreview:\n  lenses: [correctness, tests]\n';

describe('a feature that no failing test shows, carried by agents', () => {
  let stack: AgentStack;
  let item: string;
  let outcome: Outcome;
  let waiting: MissionStatus;
  let mainBefore: string;

  /** The whole mission; what follows looks at what it left behind. */
  beforeAll(async () => {
    stack = await startAgentStack({ blueprint: (yaml) => `${yaml}${LENSES}` });
    await stack.startWorker('one');
    mainBefore = stack.repo.git('rev-parse', 'main');
    const [atWork, steered] = [beat(), beat()];
    stack.models.script(talking(insuranceTalks(stack.models, { atWork, steered })));
    item = await stack.label('parcels-insurance');
    await stack.until(item, () => atWork.isOver());
    await stack.cli(['steer', item, STEER]);
    steered.over();
    waiting = await stack.until(item, ({ stage }) => stage === 'approval');
    expect(stack.repo.git('rev-parse', 'main')).toBe(mainBefore);
    await stack.cli(['approve', `${item}/1`, '--reason', 'read the diff'], 'anna');
    outcome = await stack.outcome(item);
  }, 5 * MINUTES);

  afterAll(() => stack?.remove(), MINUTES);

  const mission = () => stack.client.workflow.getHandle(workflowId.mission(item));
  const plans = async (): Promise<readonly Plan[]> => unpackPlans(await mission().query(missionPlans));
  const changes = (plan: Plan | undefined) => plan?.tasks.filter(({ kind }) => kind === 'change').map(({ id }) => id);
  const task = (node: string) =>
    stack.client.workflow.getHandle(workflowId.task(item, node)).query<TaskStatus, []>(taskStatus);
  const shown = ({ rung, critique: { decision } }: Turn) => `${rung}: ${decision}`;
  const file = (path: string) => stack.repo.git('show', `main:${path}`);
  const answered = () => stack.models.requests.filter(({ usage }) => usage !== undefined);
  const asked = (text: string) => answered().filter(({ body }) => JSON.stringify(body).includes(text));
  const models = (requests: readonly FakeRequest[]) => [...new Set(requests.map(({ model }) => model))].sort();

  it('is merged as what it was to become, tests first and nothing else', () => {
    expect(outcome).toMatchObject({ result: 'shipped', planVersions: 2 });
    expect(stack.repo.git('rev-parse', 'main')).toBe(outcome.mergeCommit);
    expect(stack.repo.git('diff', '--name-only', 'main^1', 'main').split('\n')).toEqual([
      'rates/rates/quote.py',
      'rates/rates/surcharge.py',
      'rates/rates/tax.py',
      'rates/tests/test_insurance.py',
      'rates/tests/test_insurance_tax.py',
      'service/src/insurance.ts',
      'service/src/rates-client.ts',
      'service/src/server.ts',
      'service/test/insurance.test.ts',
      'service/test/value.test.ts',
    ]);
    expect(file('rates/tests/test_insurance.py')).toContain('assert insurance_cents(50_000) == 500');
    expect(file('rates/rates/surcharge.py')).toContain('FUEL_PERCENT = 8');
  });

  it('has commits that lead from the line to the mission, the task and the role', () => {
    const log = stack.repo.git(
      'log',
      '--format=%(trailers:key=Signalbox-Task,valueonly,separator=%x2C) %(trailers:key=Signalbox-Role,valueonly,separator=%x2C)',
      'main^1..main',
    );
    for (const commit of ['rates tester', 'rates coder', 'tax coder', 'value coder', 'total coder']) {
      expect(log.split('\n')).toContain(commit);
    }
    expect(stack.repo.git('show', '--no-patch', '--format=%B', 'main')).toContain(
      `Signalbox-Proof: sha256:${outcome.proof?.sha256}`,
    );
  });

  it('had its plan mended by rules and critic, and a second plan for the task that was too large', async () => {
    const [first, second] = await plans();
    expect(changes(first)).toEqual(['rates', 'service', 'tax']);
    expect(changes(second)?.sort()).toEqual(['rates', 'tax', 'total', 'value']);
    expect(second?.because).toBe('instead of what did not work out: service');
    const drafts = waiting.notes.filter((note) => note.includes('was not critiqued'));
    expect(drafts).toEqual([]);
    const { tasks } = await stack.status(item);
    expect(Object.fromEntries(tasks.map((view) => [view.task.id, view.state]))).toMatchObject({
      rates: 'passed',
      tax: 'passed',
      service: 'replaced',
      value: 'passed',
      total: 'passed',
      scenarios: 'passed',
    });
  });

  it('was criticised by another model than the one that planned', () => {
    expect(models(asked('Role: planner@'))).toEqual(['claude-sonnet-5-5']);
    expect(models(asked('Role: critic@'))).toEqual(['local-strong']);
  });

  it('had tests that failed first, a red gate and two findings, and came to an end each time', async () => {
    const { turns } = await task('rates');
    expect(turns.map(shown)).toEqual(['tester: again', 'small: again', 'small: again', 'small: done']);
    expect(turns[0]?.critique).toMatchObject({ because: '3 new tests fail for lack of the change' });
    expect(turns[1]?.critique.verdicts).toContainEqual(
      expect.objectContaining({ gate: 'rates-tests', outcome: 'fail' }),
    );
    expect(turns[2]?.critique.findings.filter(({ severity }) => severity === 'blocker')).toHaveLength(2);
    expect(file('rates/rates/surcharge.py')).toContain('if value_cents < 0:');
    expect(file('rates/rates/quote.py')).toContain('if insurance > 0:');
  });

  it('did what an operator said on the way', () => {
    expect(waiting.notes).toContain(`steered by olga: ${STEER}`);
    expect(file('rates/rates/surcharge.py')).toContain('MAX_INSURED_CENTS = 500_000');
  });

  it('shortened the one conversation that grew too long, once', () => {
    const summaries = asked('nearly as long as you can read');
    expect(summaries).toHaveLength(1);
    expect(asked(`Summary of my work so far\\n\\n${SUMMARY}`).length).toBeGreaterThan(0);
  });

  it('went on with the other provider during an outage, and came back', () => {
    const refused = stack.models.requests.filter(({ provider, status }) => provider === 'anthropic' && status === 529);
    expect(refused.length).toBeGreaterThan(0);
    expect(models(asked('Task rates. '))).toEqual(['claude-haiku-5-5', 'local-small']);
    const after = answered().filter(({ provider, at }) => provider === 'anthropic' && at > (refused.at(-1)?.at ?? 0));
    expect(after.length).toBeGreaterThan(0);
  });

  it('asked a person about the protected path, and nobody was asked anything else', () => {
    expect(waiting.waitingOn?.what).toContain(`signalbox approve ${item}/1`);
    const comments = stack.comments(item);
    expect(comments).toHaveLength(4);
    expect(comments[0]).toContain('**Started.**');
    expect(comments[1]).toContain('rates/rates/tax.py is protected by the policy of the repository');
    expect(comments[2]).toContain('is **approved** by');
    expect(comments[3]).toContain(`Merge commit \`${outcome.mergeCommit}\``);
    expect(stack.linear.workspace.issue(item).state.type).toBe('completed');
  });

  it('cost what the providers counted, to the millionth of a dollar, and says so for each stage', () => {
    const paid = stack.paid();
    expect(paid.usd).toBeGreaterThan(0.05);
    expect(outcome.spend).toMatchObject({ usd: paid.usd, usage: paid.usage });
    expect(outcome.stages.reduce((sum, { cost }) => addCost(sum, cost ?? NO_COST), NO_COST)).toEqual(paid);
    const costly = outcome.stages.filter(({ cost }) => (cost?.usd ?? 0) > 0).map(({ stage }) => stage);
    expect(costly).toEqual(['planning', 'running']);
    expect(stack.comments(item).at(-1)).toContain(`Cost: $${paid.usd?.toFixed(2)}`);
  });

  it('paid no answer twice, and was given a beginning that it knew in nearly every call', () => {
    expect([...stack.models.paid.values()].filter((times) => times > 1)).toEqual([]);
    expect(stack.models.requests.every(({ status }) => status === 200 || status === 529)).toBe(true);
    const coder = asked('Task rates. ').filter(({ model }) => model === 'local-small');
    const [first, ...rest] = coder.map(({ usage }) => usage?.cacheRead);
    expect(first).toBe(0);
    expect(rest.every((read) => (read ?? 0) > 2_000)).toBe(true);
  });
});
