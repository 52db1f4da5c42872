import { describe, expect, it } from '@jest/globals';
import type { CallModel, Notice } from '../../schemas/agent.js';
import type { Finding } from '../../schemas/finding.js';
import { agentStubs, answered, roleOf } from './agent-stubs.js';
import { useMissions } from './missions.js';
import { answer, questionOf } from './questions.js';
import { type AllActivities, operator, withAgents, workItem } from './stubs.js';

// Where agents meet people: questions, orders on the way, and findings that are disputed.

const missions = useMissions();

const FINDING: Finding = {
  id: 'ab'.repeat(8),
  rule: 'model-correctness',
  severity: 'blocker',
  path: 'src/one.ts',
  line: 3,
  message: 'an empty list is not handled',
  risk: 'low',
};

describe('an agent', () => {
  it('asks people by way of its mission, where the item came from, and is told the answer', async () => {
    const comments: string[] = [];
    const told: Notice[] = [];
    let asked = false;
    const outcome = await missions.working(
      {
        ...withAgents(),
        comment: async ({ body }) => {
          comments.push(body);
          return { already: false };
        },
        callModel: async (input) => {
          if (roleOf(input.session as never) === 'coder') told.push(...(input.inbox ?? []));
          return agentStubs.callModel(input);
        },
        runTools: async (input) => {
          const result = await agentStubs.runTools(input);
          if (roleOf(input.session as never) !== 'coder' || asked) return result;
          asked = true;
          return { ...result, ending: { tool: 'ask', question: 'Net or gross?', options: ['net', 'gross'] } };
        },
      },
      async () => {
        const handle = await missions.start(workItem('ASK-1'));
        await missions.until('ASK-1', ({ waitingOn }) => waitingOn?.what.includes('Net or gross') ?? false);
        await handle.executeUpdate('answerMission', { args: [{ by: operator, text: 'gross' }] });
        return handle.result();
      },
    );
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(comments.some((body) => body.includes('Net or gross?') && body.includes('signalbox answer ASK-1'))).toBe(
      true,
    );
    expect(told).toContainEqual({ from: 'the reporter', text: 'gross' });
  });

  it('is steered, paused and resumed in the middle of its work', async () => {
    const told: Notice[] = [];
    let turns = 0;
    let steered = false;
    const outcome = await missions.working(
      {
        ...withAgents(),
        openSession: async (input) => ({ ...(await agentStubs.openSession(input)), maxTurns: 500 }),
        callModel: async (input: CallModel) => {
          if (roleOf(input.session as never) === 'coder') {
            told.push(...(input.inbox ?? []));
            turns++;
          }
          return { ...answered, conversation: `${input.session} ${input.n}` };
        },
        runTools: async (input) => {
          const result = await agentStubs.runTools(input);
          if (roleOf(input.session as never) !== 'coder' || steered) return result;
          const { ending: _ending, ...on } = result;
          return { ...on, digest: input.conversation };
        },
      },
      async () => {
        const handle = await missions.start(workItem('STEER-1'));
        await missions.until('STEER-1', () => turns > 1);
        await handle.executeUpdate('pauseMission', { args: [{ by: operator, text: '' }] });
        await new Promise((done) => setTimeout(done, 500));
        const paused = turns;
        await new Promise((done) => setTimeout(done, 500));
        expect(turns).toBe(paused);
        await handle.executeUpdate('steerMission', { args: [{ by: operator, text: 'leave the rounding' }] });
        steered = true;
        await handle.executeUpdate('resumeMission', { args: [{ by: operator, text: '' }] });
        return handle.result();
      },
    );
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(told).toContainEqual({ from: 'the operator', text: 'leave the rounding' });
  });
});

describe('a finding of a reviewer', () => {
  /** The first round finds it; later ones judge what the author answers. */
  function reviewed(judgement: 'resolved' | 'withdrawn' | 'upheld'): Partial<AllActivities> {
    return {
      readFindings: async (input) => ({
        ...(await agentStubs.readFindings(input)),
        findings:
          input.asked.length === 0 && input.since === undefined && input.lens === 'correctness' ? [FINDING] : [],
        earlier: input.asked.map((finding) => ({ finding, state: judgement, why: 'because' })),
      }),
    };
  }

  it('goes back to the author, who answers it, until its reviewer agrees', async () => {
    const told: Notice[] = [];
    let submissions = 0;
    const outcome = await missions.working(
      {
        ...withAgents(),
        ...reviewed('withdrawn'),
        callModel: async (input) => {
          if (roleOf(input.session as never) === 'coder') told.push(...(input.inbox ?? []));
          return agentStubs.callModel(input);
        },
        readCoderOutput: async () => ({
          summary: 'changed it',
          answers:
            ++submissions === 1
              ? []
              : [{ finding: FINDING.id, answer: 'disputed', reason: 'the caller never sends one' }],
        }),
      },
      async () => (await missions.start(workItem('REVIEW-1'))).result(),
    );
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(told[0]?.text).toContain(`${FINDING.id} src/one.ts:3`);
    expect(submissions).toBe(2);
  });

  it('that both sides insist on is decided by a person at the merge, who is told both', async () => {
    const { question, outcome } = await missions.working(
      {
        ...withAgents(),
        ...reviewed('upheld'),
        readCoderOutput: async () => ({
          summary: 'changed it',
          answers: [{ finding: FINDING.id, answer: 'disputed', reason: 'the caller never sends one' }],
        }),
      },
      async () => {
        const handle = await missions.start(workItem('REVIEW-2'));
        await missions.until('REVIEW-2', ({ stage }) => stage === 'approval');
        const question = await questionOf(missions.client(), 'REVIEW-2');
        await answer(missions.client(), question);
        return { question, outcome: await handle.result() };
      },
    );
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(question.because.join('\n')).toContain('an empty list is not handled');
    expect(question.because.join('\n')).toContain('the caller never sends one');
  });

  it('can raise the risk of a change, and then a person is asked', async () => {
    const outcome = await missions.working(
      {
        ...withAgents(),
        readFindings: async (input) => ({
          ...(await agentStubs.readFindings(input)),
          risk: input.lens === 'security' ? 'high' : 'low',
          riskBecause: 'it reads a file that the user names',
        }),
      },
      async () => {
        const handle = await missions.start(workItem('REVIEW-3'));
        const status = await missions.until('REVIEW-3', ({ stage }) => stage === 'approval');
        const question = await questionOf(missions.client(), 'REVIEW-3');
        await handle.executeUpdate('cancelMission', { args: [{ by: operator, text: '' }] });
        return { status, question, outcome: await handle.result() };
      },
    );
    expect(outcome.question.risk).toBe('high');
    expect(outcome.question.because.join('\n')).toContain('it reads a file that the user names');
  });
});

describe('what went wrong for good', () => {
  it('ends the mission at once: no other plan can bring a model that may be used', async () => {
    const { ApplicationFailure } = await import('@temporalio/common');
    const outcome = await missions.working(
      {
        ...withAgents(),
        callModel: async (input) => {
          if (roleOf(input.session as never) !== 'coder') return agentStubs.callModel(input);
          throw ApplicationFailure.nonRetryable('anthropic: the key is wrong, set ANTHROPIC_API_KEY', 'ModelRefused');
        },
      },
      async () => (await missions.start(workItem('WRONG-1'))).result(),
    );
    expect(outcome).toMatchObject({ result: 'failed', planVersions: 1 });
    expect(JSON.stringify(outcome)).toContain('set ANTHROPIC_API_KEY');
  });
});
