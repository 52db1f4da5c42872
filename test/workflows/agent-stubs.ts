import type {
  CallModel,
  CallResult,
  OpenedSession,
  OpenSession,
  RoleName,
  Rung,
  RunTools,
  ToolsResult,
} from '../../schemas/agent.js';
import type { BlobRef } from '../../schemas/blob-ref.js';
import type { LedgerEntry } from '../../schemas/ledger.js';
import type { ReadFindings, ReadFindingsInput, ReviewBrief, ReviewBriefInput } from '../../schemas/review.js';

// Agents that hand something in at their first turn. A session's id tells its role and its key, so that a test can
// answer each agent in its own way.

export interface AgentActivities {
  openSession(input: OpenSession): Promise<OpenedSession>;
  recordAttempt(entry: LedgerEntry): Promise<void>;
  callModel(input: CallModel): Promise<CallResult>;
  compactConversation(input: CallModel): Promise<CallResult>;
  runTools(input: RunTools): Promise<ToolsResult>;
  closeWorkspace(input: { readonly session: string }): Promise<void>;
  reviewBrief(input: ReviewBriefInput): Promise<ReviewBrief>;
  readFindings(input: ReadFindingsInput): Promise<ReadFindings>;
}

const OUTPUT: BlobRef = { sha256: '1'.repeat(64), bytes: 0, mediaType: 'application/json' };

export function roleOf(session: string): RoleName {
  return session.slice(0, session.indexOf(' ')) as RoleName;
}

const rung: Rung = {
  tier: 'small',
  models: ['model-a'],
  because: 'it is the cheapest',
  price: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 },
  contextTokens: 200_000,
  maxOutputTokens: 16_000,
};

/** One call of the model, with one tool call in its answer. */
export const answered: Omit<CallResult, 'conversation'> = {
  model: 'model-a',
  stop: 'tools',
  calls: 1,
  usage: { input: 100, output: 10, cacheRead: 0, cacheWrite: 0 },
  usd: 0.0011,
  context: 1100,
};

export const agentStubs: AgentActivities = {
  openSession: async ({ role, key }) => ({
    session: `${role} ${key}`,
    conversation: `${role} ${key} 0`,
    prompt: `${role}@1 sha256:000000000000`,
    route: { rungs: [rung], dropped: [] },
    context: 1000,
    maxTurns: 5,
    maxUsd: null,
  }),
  recordAttempt: async () => undefined,
  callModel: async ({ session, n }) => ({ ...answered, conversation: `${session} ${n}` }),
  compactConversation: async ({ session, n }) => ({ ...answered, calls: 0, conversation: `${session} ${n}` }),
  runTools: async ({ session, conversation, tree }) => {
    const role = roleOf(session);
    const changes = role === 'coder' || role === 'tester' || role === 'writer';
    return {
      conversation: `${conversation} tools`,
      tree: changes ? Buffer.from(conversation).toString('hex').slice(-40).padStart(40, '0') : tree,
      context: 100,
      digest: conversation,
      refused: 0,
      did: 'handed it in',
      ending: { tool: 'submit', output: OUTPUT, summary: `the ${role} is done` },
    };
  },
  closeWorkspace: async () => undefined,
  reviewBrief: async ({ open }) => ({
    files: 1,
    chunks: [{ brief: [], asked: open.flatMap(({ finding, answer }) => (answer ? [finding.id] : [])) }],
  }),
  readFindings: async ({ asked }) => ({
    findings: [],
    late: [],
    earlier: asked.map((finding) => ({ finding, state: 'resolved', why: 'it is gone' })),
    risk: 'low',
    riskBecause: 'a small change',
    unmatched: 0,
  }),
};

/** A coder that works on, a turn after the other, until it may hand something in. */
function coderUntil(done: (turn: number) => boolean): Pick<AgentActivities, 'runTools'> {
  return {
    runTools: async (input) => {
      const result = await agentStubs.runTools(input);
      const turn = Number(input.conversation.split(' ').at(-1));
      if (roleOf(input.session) !== 'coder' || done(turn)) return result;
      const { ending: _ending, ...on } = result;
      return { ...on, digest: input.conversation };
    },
  };
}

/** A coder that takes so many turns. */
export function turnsOf(count: number): Pick<AgentActivities, 'openSession' | 'runTools'> {
  return {
    ...coderUntil((turn) => turn >= count),
    openSession: async (input) => ({ ...(await agentStubs.openSession(input)), maxTurns: 100 }),
  };
}

/** A coder that goes on until it may stop, and every call of any agent costs so much. */
export function dear(
  usd: number,
  until: () => boolean,
): Pick<AgentActivities, 'openSession' | 'callModel' | 'runTools'> {
  // A call of 1,000 tokens in and 1,000 out costs what the test says.
  const price = { input: 0, output: usd * 1000, cacheRead: 0, cacheWrite: 0 };
  return {
    ...coderUntil(until),
    openSession: async (input) => ({
      ...(await agentStubs.openSession(input)),
      maxTurns: 1000,
      route: { rungs: [{ ...rung, price, maxOutputTokens: 1000 }], dropped: [] },
    }),
    callModel: async (input) => ({ ...(await agentStubs.callModel(input)), usd, context: 1000 }),
  };
}
