import { createHash } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { Blueprint } from '../../schemas/blueprint.js';
import { agentStubs, roleOf } from './agent-stubs.js';
import { type AllActivities, blueprint, changeTask, person, planOf, stubs } from './stubs.js';

// A mission that lives for many days, and the people around it: each day they steer it, stop it over lunch, answer what
// its agents ask, and by night its providers have no quota. Days are as long as their turns take, nights a durable timer.

export interface LongLife {
  readonly days: number;
  readonly tasks: number;
  /** Model calls of the coder of each task. */
  readonly turns: number;
  /** Events after which the mission and its tasks continue as new. */
  readonly historyLimit: number;
  readonly nightMs: number;
}

export const PARALLEL = 4;
/** Of the tasks: these ask people, and these give up at first. */
const ASKS = 6;
const GIVES_UP = 13;
const QUOTA_MS = 3_600_000;

const sha = (text: string) => createHash('sha1').update(text).digest('hex');
const nodeOf = (session: string) => session.split('/')[2] ?? '';

/** What answers the steps of a mission, and remembers what was said and paid. */
export class World {
  readonly told = new Map<string, number>();
  readonly answers: { node: string; answer: string }[] = [];
  readonly asked: string[] = [];
  readonly gaveUp: string[] = [];
  readonly commits = new Map<string, string>();
  readonly calls = { coders: 0, all: 0 };
  integrated: readonly string[] = [];
  day = 1;
  /** While people have it paused: coders that began a call that was on its way. */
  lunch: Set<string> | undefined;
  callsWhilePaused = 0;
  readonly #terms: LongLife;
  readonly #trees = new Map<string, string>();
  #morning = 0;

  constructor(terms: LongLife) {
    this.#terms = terms;
  }

  activities(): Partial<AllActivities> {
    const limits: Blueprint['limits'] = { ...blueprint.limits, parallelTasks: PARALLEL, replans: 20 };
    const budget = { usd: 1_000, tokens: 1_000_000_000, steerAt: 0.9 };
    const review = { ...blueprint.review, lenses: ['correctness' as const] };
    return {
      readBase: async (input) => ({
        ...(await stubs.readBase(input)),
        agents: true,
        blueprint: { ...blueprint, limits, budget, review },
      }),
      adoptPlan: async ({ version }) => ({ plan: planOf(version, this.#tasks()), hash: `hash-${version}` }),
      openSession: async (input) => {
        for (const { text } of input.brief) this.#hear(text ?? '');
        return { ...(await agentStubs.openSession(input)), maxTurns: 1_000 };
      },
      callModel: async (input) => {
        const coder = roleOf(input.session) === 'coder';
        if (coder) this.#whilePaused(input.session);
        if (Date.now() < this.#morning) throw noQuota(this.#morning);
        for (const { from, text } of input.inbox ?? []) {
          this.#hear(text);
          if (from === 'the reporter') this.answers.push({ node: nodeOf(input.session), answer: text });
        }
        this.calls.all++;
        if (coder) this.#turn();
        return agentStubs.callModel(input);
      },
      runTools: async (input) => {
        const result = await agentStubs.runTools(input);
        if (roleOf(input.session) !== 'coder') return result;
        return this.#work(input.session, input.conversation, result);
      },
      commitTree: async ({ tree }) => {
        const node = this.#trees.get(tree);
        if (node !== undefined) this.commits.set(node, sha(`commit of ${tree}`));
        return { commit: sha(`commit of ${tree}`), tree };
      },
      integrate: async (input) => {
        this.integrated = input.parts.map(({ commit }) => commit);
        return stubs.integrate(input);
      },
      // Somebody has to say yes to what is merged in the end.
      reviewChange: async ({ touches }) => (touches ? [] : [person]),
    };
  }

  /** In lanes, as many as run side by side. What was given up is another task in the next plan. */
  #tasks() {
    const name = (index: number) => {
      let name = `t${index + 1}`;
      while (this.gaveUp.includes(name)) name += '-again';
      return name;
    };
    return Array.from({ length: this.#terms.tasks }, (_, index) =>
      changeTask(name(index), index < PARALLEL ? [] : [name(index - PARALLEL)], []),
    );
  }

  #whilePaused(session: string): void {
    if (this.lunch?.has(session)) this.callsWhilePaused++;
    this.lunch?.add(session);
  }

  #hear(text: string): void {
    for (const [said] of text.matchAll(/steer day \d+/g)) this.told.set(said, (this.told.get(said) ?? 0) + 1);
  }

  /** The quota of a day is gone after its share of all turns. */
  #turn(): void {
    const { days, tasks, turns, nightMs } = this.#terms;
    this.calls.coders++;
    if (this.calls.coders < (this.day * tasks * turns) / days || this.day >= days) return;
    this.day++;
    this.#morning = Date.now() + nightMs;
  }

  #work(session: string, conversation: string, result: Awaited<ReturnType<AllActivities['runTools']>>) {
    const node = nodeOf(session);
    const turn = Number(conversation.split(' ').at(-1));
    const { ending: _ending, ...on } = result;
    const number = Number(/^t(\d+)$/.exec(node)?.[1] ?? 0);
    const tree = sha(`${session} ${turn}`);
    if (number % ASKS === 2 && turn === 2 && !this.asked.includes(node)) {
      this.asked.push(node);
      return { ...on, tree, ending: { tool: 'ask' as const, question: `How is ${node} meant?`, options: [] } };
    }
    if (number % GIVES_UP === 5 && turn === 3) {
      this.gaveUp.push(node);
      return { ...on, tree, ending: { tool: 'cannot_do' as const, because: 'it is two tasks' } };
    }
    if (turn < this.#terms.turns) return { ...on, tree, digest: conversation };
    this.#trees.set(tree, node);
    return { ...result, tree };
  }
}

function noQuota(until: number): ApplicationFailure {
  const wait = { until: new Date(until).toISOString(), longestMs: QUOTA_MS };
  return ApplicationFailure.nonRetryable('no provider has quota left', 'QuotaExhausted', wait);
}
