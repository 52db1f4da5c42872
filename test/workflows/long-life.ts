import { setTimeout as sleep } from 'node:timers/promises';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import {
  answerMission,
  type MissionStatus,
  missionStatus,
  type Order,
  pauseMission,
  resumeMission,
  steerMission,
} from '../../workflows/messages.js';
import { approvalStatus } from '../../workflows/messages-standing.js';
import { type LongLife, World } from './long-life-world.js';
import { answer } from './questions.js';
import { type RunSize, runChain } from './run-chain.js';
import type { StubbedServer } from './server.js';
import { operator, workItem } from './stubs.js';

const LUNCH_MS = 300;

const pause = () => sleep(100);

/** What happened to it, as those saw it who did it. */
export interface LongLifeSeen {
  readonly outcome: Outcome;
  readonly last: MissionStatus;
  /** Once a day, the oldest first. */
  readonly mornings: readonly MissionStatus[];
  /** Texts of the orders that were acknowledged, in order. */
  readonly ordered: readonly string[];
  /** Guidance -> how often agents were told, at work or in their brief. */
  readonly told: ReadonlyMap<string, number>;
  /** Of each question: what its agent was told. */
  readonly answers: readonly { readonly node: string; readonly answer: string }[];
  readonly asked: readonly string[];
  /** Nodes whose agents gave up, or that were cancelled from outside: each was planned anew. */
  readonly gaveUp: readonly string[];
  /** Model calls that were answered: by coders, by all. */
  readonly calls: { readonly coders: number; readonly all: number };
  /** Of coders, beyond the one that each may have been about to make. */
  readonly callsWhilePaused: number;
  /** Node -> commit of what its coder handed in. */
  readonly commits: ReadonlyMap<string, string>;
  /** Commits that were brought together at the end. */
  readonly integrated: readonly string[];
  readonly mission: readonly RunSize[];
  readonly tasks: readonly (readonly RunSize[])[];
  readonly seconds: number;
}

/** Until it has shipped. Everything that people say gets an answer, or this throws. */
export async function liveLong(server: StubbedServer, item: string, terms: LongLife): Promise<LongLifeSeen> {
  const began = Date.now();
  const world = new World(terms);
  const people = new People(server, item, world);
  const { outcome, last } = await server.working(world.activities(), async () => {
    const handle = await server.client.workflow.start('mission', {
      ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item) },
      args: [{ item: workItem(item), attempt: 1, historyLimit: terms.historyLimit }],
    });
    let ended = false;
    const result = handle.result().finally(() => {
      ended = true;
    });
    await Promise.all([result, people.live(() => ended)]);
    return { outcome: (await result) as Outcome, last: await people.status() };
  });
  const nodes = last.tasks.filter(({ task }) => task.kind === 'change').map(({ task }) => task.id);
  const tasks: RunSize[][] = [];
  for (const node of nodes) tasks.push(await runChain(server.client, workflowId.task(item, node)));
  return {
    ...{ outcome, last, tasks },
    ...{ mornings: people.mornings, ordered: people.ordered },
    ...{ told: world.told, answers: world.answers, asked: world.asked, gaveUp: world.gaveUp, calls: world.calls },
    ...{ callsWhilePaused: world.callsWhilePaused, commits: world.commits, integrated: world.integrated },
    mission: await runChain(server.client, workflowId.mission(item)),
    seconds: (Date.now() - began) / 1000,
  };
}

/** The people around a mission. */
class People {
  readonly mornings: MissionStatus[] = [];
  readonly ordered: string[] = [];
  readonly #server: StubbedServer;
  readonly #item: string;
  readonly #world: World;
  #answered = 0;

  constructor(server: StubbedServer, item: string, world: World) {
    this.#server = server;
    this.#item = item;
    this.#world = world;
  }

  async live(over: () => boolean): Promise<void> {
    for (let day = 1; !over(); ) {
      await pause();
      await this.#answer();
      if (this.#world.integrated.length > 0) await this.#approve();
      if (this.#world.day === day) continue;
      day = this.#world.day;
      await this.#spendTheDay(day);
    }
  }

  status(): Promise<MissionStatus> {
    return this.#mission().query(missionStatus);
  }

  #mission() {
    return this.#server.client.workflow.getHandle(workflowId.mission(this.#item));
  }

  async #spendTheDay(day: number): Promise<void> {
    const status = await this.status();
    this.mornings.push(status);
    await this.#order(steerMission, `steer day ${day}`);
    if (day === 3) await this.#cancelOne(status);
    await this.#order(pauseMission, `lunch of day ${day}`);
    this.#world.lunch = new Set();
    await sleep(LUNCH_MS);
    this.#world.lunch = undefined;
    await this.#order(resumeMission, `after lunch of day ${day}`);
  }

  async #order(update: typeof steerMission, text: string): Promise<void> {
    const args: [Order] = [{ by: operator, text }];
    await this.#mission().executeUpdate(update, { args });
    this.ordered.push(text);
  }

  /** The oldest question is the one that is shown, and the one that is answered. */
  async #answer(): Promise<void> {
    const { asked } = this.#world;
    if (this.#answered === asked.length) return;
    const { asked: question } = await this.status();
    if (!question) return;
    await this.#order(answerMission, `${question.node} is meant as it says`);
    this.#answered++;
  }

  async #approve(): Promise<void> {
    const handle = this.#server.client.workflow.getHandle(workflowId.approval(this.#item, 1));
    const status = await handle.query(approvalStatus).catch(() => undefined);
    if (status?.state !== 'open') return;
    await answer(this.#server.client, status.question, { reason: 'read all of it' });
  }

  /** As somebody can in Temporal UI. */
  async #cancelOne({ tasks }: MissionStatus): Promise<void> {
    const running = tasks.find(({ task, state }) => task.kind === 'change' && state === 'running');
    if (!running) return;
    this.#world.gaveUp.push(running.task.id);
    await this.#server.client.workflow.getHandle(workflowId.task(this.#item, running.task.id)).cancel();
  }
}
