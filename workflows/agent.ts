import type { CallResult, Notice, OpenSession, QuotaWait, Rung, ToolsResult } from '../schemas/agent.js';
import { worstCase } from '../schemas/cost.js';
import type { Cost } from '../schemas/money.js';
import { type AgentEnd, type AgentOptions, type AgentState, startState, TURNS_BETWEEN } from './agent-state.js';
import { brokenModel, Payment, quotaOf } from './payment.js';
import { modelSteps, steps } from './steps.js';

/** Less than this is no answer: the budget is used up then. */
const LEAST_OUTPUT_TOKENS = 1_000;
/** Of the context window: from here on the conversation is compacted before the next call. */
const COMPACT_AT = 0.8;
/** Equal calls with equal results in a row: the second may be a check, the fourth is a loop. */
const EQUAL_TURNS = 4;
/** Answers in a row without any tool call. */
const SILENT_TURNS = 3;
const TOOLS_MS = 30 * 60_000;

type Stopped = Extract<AgentEnd, { readonly tool: 'none' }>;

/** An agent in its workspace: a model call, the tools that it asked for, and so on until it hands something in. */
export class Agent {
  readonly state: AgentState;
  readonly #options: AgentOptions;
  readonly #role: string;
  readonly #repo: string;

  private constructor(open: Pick<OpenSession, 'role' | 'repo'>, state: AgentState, options: AgentOptions) {
    this.#role = open.role;
    this.#repo = open.repo;
    this.state = state;
    this.#options = options;
  }

  static async open(open: OpenSession, options: AgentOptions): Promise<Agent> {
    const opened = await steps.openSession.executeWithOptions({ summary: `${options.label}: brief the ${open.role}` }, [
      open,
    ]);
    return new Agent(open, startState(opened, open.tree), options);
  }

  static resume(open: Pick<OpenSession, 'role' | 'repo'>, state: AgentState, options: AgentOptions): Agent {
    return new Agent(open, state, options);
  }

  rungs(): readonly Rung[] {
    return this.state.opened.route.rungs;
  }

  tell(notice: Notice): void {
    this.state.inbox.push(notice);
  }

  /** Until it hands something in, asks, gives up, or may not go on. May be called again after it was told something. */
  async run(): Promise<AgentEnd> {
    const { state, historyIsLong, unpaused } = { state: this.state, ...this.#options };
    for (;;) {
      await unpaused();
      if (historyIsLong()) return { tool: 'rest' };
      if (state.turns >= state.opened.maxTurns) {
        return { tool: 'none', why: 'turns', because: `${state.opened.maxTurns} turns were not enough` };
      }
      const call = await this.#call();
      if (call === 'later') continue;
      if ('tool' in call) return call;
      if (call.stop === 'refusal') {
        return { tool: 'none', why: 'refused', because: `${call.model} refused: ${call.said ?? 'without a word'}` };
      }
      const end = call.calls === 0 ? this.#silence(call) : await this.#act(call);
      if (end) return end;
    }
  }

  /** Gives its workspace back; a workspace that is not given back is closed after some idle minutes. */
  async close(): Promise<void> {
    if (this.state.turns === 0) return;
    await this.#options.host.run(
      'closeWorkspace',
      { session: this.state.opened.session },
      // Closing ends processes and removes files.
      { summary: `${this.#options.label}: close the ${this.#role}'s workspace`, timeoutMs: 60_000 },
    );
  }

  /** After a cancellation. */
  async release(): Promise<void> {
    if (this.state.turns === 0) return;
    const { host, label } = this.#options;
    await host.release(this.state.opened.session, `${label}: close the ${this.#role}'s workspace`);
  }

  async #call(): Promise<CallResult | Stopped | 'later'> {
    const { state } = this;
    const rung = this.#rung();
    this.#steer();
    const answer = Math.min(state.outputTokens, rung.maxOutputTokens);
    const full = state.context + answer > rung.contextTokens * COMPACT_AT;
    // What is as long right after it has been compacted can't be made shorter.
    if (full && state.turns - state.compactedAt >= TURNS_BETWEEN) {
      const compacted = await this.#paid('compactConversation', 'compact the conversation');
      if (compacted === 'later' || 'tool' in compacted) return compacted;
      state.compactedAt = state.turns;
    }
    const call = await this.#paid('callModel', `turn ${state.turns + 1}`);
    if (call === 'later' || 'tool' in call) return call;
    state.turns++;
    if (call.stop === 'length') state.outputTokens = Math.min(state.outputTokens * 2, rung.maxOutputTokens);
    return call;
  }

  /** `later`: no provider had quota, and it was slept since. */
  async #paid(step: 'callModel' | 'compactConversation', what: string): Promise<CallResult | Stopped | 'later'> {
    const payment = new Payment(this.#options.purse, this.state);
    try {
      return await this.#tries(step, what, payment);
    } finally {
      // Also when it is cancelled between two tries.
      payment.giveUp();
    }
  }

  async #tries(
    step: 'callModel' | 'compactConversation',
    what: string,
    payment: Payment,
  ): Promise<CallResult | Stopped | 'later'> {
    const { state } = this;
    const { purse, label } = this.#options;
    // What comes while the call is under way is for the next one; every try says the same.
    const told = step === 'callModel' ? [...state.inbox] : [];
    for (;;) {
      const reserved = await this.#reserve(payment.atRisk());
      if (!reserved) return { tool: 'none', why: 'money', because: purse.state.because ?? 'the budget is used up' };
      try {
        const result = await modelSteps[step].executeWithOptions({ summary: `${label}: ${this.#role}, ${what}` }, [
          {
            session: state.opened.session,
            conversation: state.conversation,
            n: state.calls + 1,
            rung: this.#rungIndex(),
            ...(told.length > 0 && { inbox: told }),
            maxOutputTokens: reserved.usage.output,
            // The first model of the rung is preferred anyway.
            ...(state.prefer !== undefined && state.prefer !== this.#rung().models[0] && { prefer: state.prefer }),
          },
        ]);
        payment.answered(reserved, result);
        delete state.withoutQuotaSince;
        state.calls++;
        state.inbox.splice(0, told.length);
        state.conversation = result.conversation;
        state.context = result.context;
        state.prefer = result.model;
        return result;
      } catch (error) {
        if (payment.failed(reserved, error)) {
          const other = this.#another(brokenModel(error));
          if (other !== undefined) state.prefer = other;
          continue;
        }
        const quota = quotaOf(error);
        if (!quota) throw error;
        return this.#untilQuota(quota);
      }
    }
  }

  async #untilQuota({
    until,
    longestMs,
    because,
  }: QuotaWait & { readonly because: string }): Promise<Stopped | 'later'> {
    const { state } = this;
    state.withoutQuotaSince ??= Date.now();
    const last = state.withoutQuotaSince + longestMs;
    if (Date.now() >= last) return { tool: 'none', why: 'quota', because };
    await this.#options.untilQuota(Math.min(Date.parse(until), last), because);
    return 'later';
  }

  /** For the dearest that the call can become; with less output where that is all that is left. */
  async #reserve(atRisk: number): Promise<Cost | undefined> {
    const { state } = this;
    const { purse } = this.#options;
    const rung = this.#rung();
    const { maxUsd } = state.opened;
    for (let output = Math.min(state.outputTokens, rung.maxOutputTokens); ; output = Math.floor(output / 2)) {
      const worst = worstCase(state.context, output, rung.price);
      const overCap = maxUsd !== null && (worst.usd ?? 0) + state.knownUsd + atRisk > maxUsd;
      if (!overCap && (await purse.reserve(worst))) return worst;
      if (output / 2 < LEAST_OUTPUT_TOKENS) return undefined;
    }
  }

  async #act(call: CallResult): Promise<AgentEnd | undefined> {
    const { state } = this;
    const { host, label, onNotes } = this.#options;
    const result: ToolsResult = await host.run(
      'runTools',
      {
        repo: this.#repo,
        tree: state.tree,
        session: state.opened.session,
        conversation: state.conversation,
      },
      { summary: `${label}: ${this.#role}, ${call.calls} tool${call.calls === 1 ? '' : 's'}`, timeoutMs: TOOLS_MS },
    );
    state.conversation = result.conversation;
    state.tree = result.tree;
    state.context += result.context;
    state.silent = 0;
    if (result.notes) onNotes(result.notes);
    this.#show(call, result.did);
    return result.ending ?? this.#looping(result.digest);
  }

  #looping(digest: string): AgentEnd | undefined {
    const { state } = this;
    state.digests = [...state.digests.filter((before) => before === digest), digest];
    const times = state.digests.length;
    if (times >= EQUAL_TURNS) {
      return { tool: 'none', why: 'no-progress', because: `the same calls gave the same results ${times} times` };
    }
    if (times === EQUAL_TURNS - 1) {
      const text = 'You made the same calls with the same results again. Do something else, or end with cannot_do.';
      this.tell({ from: 'signalbox', text });
    }
    return undefined;
  }

  #silence(call: CallResult): AgentEnd | undefined {
    const { state } = this;
    this.#show(call, call.stop === 'length' ? 'was cut for length' : 'called no tool');
    if (++state.silent >= SILENT_TURNS) {
      return { tool: 'none', why: 'no-progress', because: `${SILENT_TURNS} answers without a tool call` };
    }
    this.tell({
      from: 'signalbox',
      text:
        call.stop === 'length'
          ? 'Your answer was cut for its length before it called a tool. Do less at once.'
          : 'Only tool calls count. Go on with one, or end with submit, cannot_do, split_me or ask.',
    });
    return undefined;
  }

  /** Told once: from here on the rest of the budget is for finishing. */
  #steer(): void {
    const { state } = this;
    const { purse, steerAt } = this.#options;
    const { maxUsd } = state.opened;
    const share = Math.max(purse.state.share, maxUsd === null ? 0 : state.knownUsd / maxUsd);
    if (state.told80 || share < steerAt) return;
    state.told80 = true;
    const percent = Math.round(share * 100);
    const text = `${percent} % of the budget is used. Finish what you have: the smallest change that meets the goal, then submit; or cannot_do.`;
    this.tell({ from: 'budget', text });
  }

  #show(call: CallResult, did: string): void {
    this.#options.onTurn({
      n: this.state.turns,
      role: this.#role,
      model: call.model,
      ...(call.said !== undefined && { said: call.said }),
      did: call.instead === undefined ? did : `${did} (${call.instead})`,
      usd: call.usd,
      context: this.state.context,
    });
  }

  /** The next model of the rung; undefined when there is none. */
  #another(broken: string | undefined): string | undefined {
    const { models } = this.#rung();
    const index = broken === undefined ? -1 : models.indexOf(broken);
    return index < 0 ? undefined : models[(index + 1) % models.length];
  }

  /** A route may have become shorter since the rung below was at work: the last one is what is left then. */
  #rungIndex(): number {
    return Math.min(this.#options.rung, this.rungs().length - 1);
  }

  #rung(): Rung {
    const rung = this.rungs()[this.#rungIndex()];
    if (!rung) throw new Error('the route has no rungs');
    return rung;
  }
}
