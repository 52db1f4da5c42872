import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDispatcher } from '../gateway/dispatch.js';
import { submissionSignal } from '../gateway/submission.js';
import { workflowId } from '../schemas/names.js';
import { dedupeKey } from '../schemas/signal.js';
import { handOver, type MissionStatus } from '../workflows/messages.js';
import { answerTriage, triageStatus } from '../workflows/messages-triage.js';
import { type Context, runStatus, withClient } from './connect.js';
import { Refusal } from './errors.js';
import { safe, safeLines } from './output.js';
import { RunInput } from './run-input.js';
import { jsonStream, textStream } from './stream-output.js';
import { checkRepo, readSubmission } from './submit.js';
import { type WatchSink, watchMission } from './watch.js';

// `signalbox run`: hands in a prompt by the same door as everything else, and stays: what is thought, done and paid is
// shown as it comes, and what is typed goes to the mission.

export interface Run {
  readonly prompt: string | undefined;
  readonly repo?: string;
  /** A mission to come back to, in place of a prompt. */
  readonly attach?: string;
  /** Hands it over at once. */
  readonly ship: boolean;
  readonly json: boolean;
}

/** 0: shipped, or the task has passed, or left on purpose; 1: it did not; 130: interrupted, and it goes on. */
export function run(options: Run): Promise<number> {
  if ((options.prompt === undefined) === (options.attach === undefined)) {
    throw new Refusal('expected what to do, or --attach with the mission to come back to');
  }
  return withClient(async (context) => {
    const interrupted = new AbortController();
    process.once('SIGINT', () => interrupted.abort());
    const { signal } = interrupted;
    const item = options.attach ?? (await begin(context, options.prompt ?? '', options.repo, signal));
    if (item === undefined) return signal.aborted ? 130 : 1;
    if (options.ship) await ship(context, item);
    return await stay(context, { item, ship: options.ship, json: options.json, signal });
  });
}

/** Undefined when it was interrupted, or is no mission. */
async function begin(
  context: Context,
  prompt: string,
  repo: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { client, config, output } = context;
  checkRepo(repo, config);
  const submission = readSubmission({ what: prompt, ...(repo ? { repo } : {}) });
  const actor = { id: `cli:${config.user}`, name: config.user };
  const sent = submissionSignal({ submission, source: 'cli', now: new Date(), actor, again: true, interactive: true });
  const triage = client.workflow.getHandle(workflowId.triage(dedupeKey(sent)));
  await createDispatcher({ client, dedupeMs: config.dedupeMs }).signal(sent);
  output.talk(`run ${sent.subject}`);
  for (let asked = false; !signal.aborted; ) {
    const { stage, item, missing, because } = await triage.query(triageStatus);
    // A mission of the same prompt may have ended before; the new one is there a moment later.
    if (stage === 'running' && item && (await runStatus(client, workflowId.mission(item))) === 'RUNNING') return item;
    if (['ignored', 'done', 'declined', 'split'].includes(stage)) {
      output.talk(`no mission: ${safe(because)}`);
      return undefined;
    }
    if (stage === 'asking' && !asked) {
      const questions = missing.map((question) => `  ${safeLines(question)}`).join('\n');
      output.talk(`one thing first:\n${questions}\n\`signalbox answer ${sent.subject} <text>\` answers`);
      if (!process.stdin.isTTY) return undefined;
      const text = await typedLine(signal);
      if (text !== undefined) await triage.executeUpdate(answerTriage, { args: [{ text, by: actor }] });
    }
    asked = stage === 'asking';
    await sleep(200, undefined, { signal }).catch(() => undefined);
  }
  output.talk(wayBack(sent.subject, undefined));
  return undefined;
}

/** Undefined when it was interrupted, or nothing more comes. */
async function typedLine(signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin });
  try {
    const [line] = await Promise.race([once(lines, 'line', { signal }), once(lines, 'close', { signal })]);
    return typeof line === 'string' ? line : undefined;
  } catch {
    return undefined;
  } finally {
    lines.close();
  }
}

async function ship({ client, config }: Context, item: string): Promise<void> {
  const by = { id: `cli:${config.user}`, name: config.user };
  await client.workflow.getHandle(workflowId.mission(item)).executeUpdate(handOver, { args: [{ by, text: '' }] });
}

interface Stay {
  readonly item: string;
  readonly ship: boolean;
  readonly json: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

async function stay(context: Context, { item, json, signal }: Stay): Promise<number> {
  const { client, output } = context;
  const left = new AbortController();
  const watched = AbortSignal.any([signal, left.signal]);
  const sink = json ? jsonStream(output) : textStream(output);
  const input = process.stdin.isTTY
    ? new RunInput(context, { item, leave: () => left.abort(), endLine: () => sink.endLine() })
    : undefined;
  const follow: WatchSink = {
    ...sink,
    show(frame) {
      sink.show(frame);
      input?.saw(frame.status);
      // Nobody is there to say what comes next.
      if (!input && frame.status.stage === 'attached') left.abort();
    },
  };
  try {
    const status = await watchMission({ client, item, sink: follow, signal: watched });
    if (status.outcome) return status.outcome.result === 'shipped' ? 0 : 1;
    const passed = status.stage === 'attached' ? lastPassed(status) : undefined;
    sink.endLine();
    output.talk(wayBack(item, passed));
    if (signal.aborted) return 130;
    return passed === false && !input ? 1 : 0;
  } catch (error) {
    sink.endLine();
    if (!signal.aborted) throw error;
    output.talk(wayBack(item, undefined));
    return 130;
  } finally {
    input?.close();
  }
}

/** Whether the last prompt led to a change that passes. */
function lastPassed({ tasks }: MissionStatus): boolean {
  const last = tasks.filter(({ task, state }) => task.kind === 'change' && state !== 'replaced').at(-1);
  return last?.state === 'passed';
}

function wayBack(item: string, passed: boolean | undefined): string {
  const name = safe(item);
  if (passed === undefined) return `${name} goes on; \`signalbox run --attach ${name}\` comes back`;
  return passed
    ? `${name} waits: \`signalbox run --attach ${name} --ship\` ships it; without --ship it can be prompted further`
    : `${name} did not work out: \`signalbox run --attach ${name}\` prompts it further`;
}
