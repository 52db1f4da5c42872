import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createDispatcher } from '../gateway/dispatch.js';
import { submissionSignal } from '../gateway/submission.js';
import { workflowId } from '../schemas/names.js';
import { parse } from '../schemas/parse.js';
import { dedupeKey, Submission } from '../schemas/signal.js';
import type { Config } from '../temporal.config.js';
import { type TriageStatus, triageStatus } from '../workflows/messages-triage.js';
import { type Context, runStatus, withClient } from './connect.js';
import { Refusal } from './errors.js';
import { json, safe, safeLines } from './output.js';
import { triageBefore } from './triage-before.js';

// Hands in a piece of work by the same door as the gateway.

const STDIN = 0;
const QUERY_MS = 2_000;

export interface Submit {
  readonly what: string;
  readonly title?: string;
  readonly repo?: string;
  readonly id?: string;
  /** Starts it once more although the same was handed in before. */
  readonly again: boolean;
  readonly wait: boolean;
  readonly json: boolean;
}

export function submit(options: Submit): Promise<number> {
  const submission = readSubmission(options);
  return withClient(async (context) => {
    const { client, config, output } = context;
    const actor = { id: `cli:${config.user}`, name: config.user };
    checkRepo(submission.repo, config);
    const signal = submissionSignal({ submission, source: 'cli', now: new Date(), actor, again: options.again });
    const id = workflowId.triage(dedupeKey(signal));
    const before = await triageOf(client, id);
    await createDispatcher({ client, dedupeMs: config.dedupeMs }).signal(signal);
    const after = before && (await triageOf(client, id));
    if (before && after && after.folded > before.folded) {
      output.talk(
        `the same was handed in before (${before.stage}: ${safe(before.because)}); --again starts it once more`,
      );
    }
    if (options.wait) return await waitForEnd(context, id, options.json);
    if (options.json) output.data(json({ id: signal.subject, workflowId: id }));
    else output.talk(`submitted as ${signal.subject}; \`signalbox watch ${signal.subject}\` follows it`);
    return 0;
  });
}

export function readSubmission({ what, title, repo, id }: Pick<Submit, 'what' | 'title' | 'repo' | 'id'>): Submission {
  const isFile = what !== '-' && what.length < 4096 && existsSync(what) && statSync(what).isFile();
  if (!isFile && /^(?:\.{0,2}\/\S+|\S+\.(?:md|markdown|txt))$/.test(what))
    throw new Refusal(`there is no file ${what}`);
  const text = isFile || what === '-' ? readFileSync(isFile ? what : STDIN, 'utf8') : what;
  const firstLine = text.split('\n').find((line) => line.trim() !== '') ?? '';
  const heading = firstLine
    .replace(/^#+\s*/, '')
    .trim()
    .slice(0, 200);
  const given = { title: title ?? heading, text, ...(repo ? { repo } : {}), ...(id ? { id } : {}) };
  return parse(Submission, given, isFile ? what : 'the submission');
}

/** Refuses a repository that is not configured. */
export function checkRepo(repo: string | undefined, { repos }: Config): void {
  if (repo === undefined || repos.length === 0 || repos.some(({ name }) => name.toLowerCase() === repo.toLowerCase()))
    return;
  throw new Refusal(
    `no repo "${repo}" is configured; the configured ones: ${repos.map(({ name }) => name).join(', ')}`,
  );
}

/** Undefined when nothing of this id was ever handed in, or no worker is there to tell. */
function triageOf(client: Client, id: string): Promise<TriageStatus | undefined> {
  const deadline = Date.now() + QUERY_MS;
  return client.withDeadline(deadline, () => client.workflow.getHandle(id).query(triageStatus)).catch(() => undefined);
}

/** Of an item whose mission is not there yet, its triage. */
export function watch({ mission, ...options }: { readonly mission: string; readonly json: boolean }): Promise<number> {
  return withClient(async (context) => {
    const triage = await triageBefore(context.client, mission);
    if (triage) return await waitForEnd(context, triage.workflowId, options.json);
    return (await import('./missions.js')).follow(context, mission, options.json);
  });
}

/** Triage first, which may ask something back; then the mission. */
async function waitForEnd(context: Context, triageId: string, asJson: boolean): Promise<number> {
  const { client, output } = context;
  const handle = client.workflow.getHandle(triageId);
  let told: TriageStatus['stage'] | undefined;
  for (;;) {
    const triage = await handle.query(triageStatus);
    const item = triage.item;
    if (item && (triage.stage === 'running' || triage.stage === 'done')) {
      // Triage says so just before the mission is there.
      if (await runStatus(client, workflowId.mission(item)))
        return (await import('./missions.js')).follow(context, item, asJson);
      if (triage.stage === 'done') throw new Refusal(`there is no mission ${item}: ${triage.because}`);
    }
    if (['ignored', 'done', 'declined', 'split'].includes(triage.stage)) {
      output.talk(`no mission: ${safe(triage.because)}`);
      return 1;
    }
    if (triage.stage === 'asking' && told !== 'asking') {
      const questions = triage.missing.map((question) => `  ${safeLines(question)}`).join('\n');
      output.talk(`not clear enough yet:\n${questions}\n\`signalbox answer ${safe(triage.dedupeKey)} <text>\` answers`);
    }
    told = triage.stage;
    await sleep(200);
  }
}
