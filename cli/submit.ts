import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDispatcher } from '../gateway/dispatch.js';
import { submissionSignal } from '../gateway/submission.js';
import { workflowId } from '../schemas/names.js';
import { parse } from '../schemas/parse.js';
import { Submission } from '../schemas/signal.js';
import { type TriageStatus, triageStatus } from '../workflows/messages.js';
import { type Context, runStatus, withClient } from './connect.js';
import { Refusal } from './errors.js';
import { json, safe, safeLines } from './output.js';

// Hands in a piece of work by the same door as the gateway.

const STDIN = 0;

export interface Submit {
  readonly what: string;
  readonly title?: string;
  readonly repo?: string;
  readonly id?: string;
  readonly wait: boolean;
  readonly json: boolean;
}

export function submit(options: Submit): Promise<number> {
  const submission = readSubmission(options);
  return withClient(async (context) => {
    const { client, config, output } = context;
    const actor = { id: `cli:${config.user}`, name: config.user };
    const signal = submissionSignal({ submission, source: 'cli', now: new Date(), actor });
    const sent = await createDispatcher({ client, dedupeMs: config.dedupeMs }).signal(signal);
    if (options.wait) return await waitForEnd(context, sent.workflowId, options.json);
    if (options.json) output.data(json({ id: signal.subject, workflowId: sent.workflowId }));
    else output.talk(`submitted as ${signal.subject}; \`signalbox watch ${signal.subject}\` follows it`);
    return 0;
  });
}

function readSubmission({ what, title, repo, id }: Submit): Submission {
  const isFile = what !== '-' && what.length < 4096 && existsSync(what) && statSync(what).isFile();
  const text = isFile || what === '-' ? readFileSync(isFile ? what : STDIN, 'utf8') : what;
  const firstLine = text.split('\n').find((line) => line.trim() !== '') ?? '';
  const heading = firstLine
    .replace(/^#+\s*/, '')
    .trim()
    .slice(0, 200);
  const given = { title: title ?? heading, text, ...(repo ? { repo } : {}), ...(id ? { id } : {}) };
  return parse(Submission, given, isFile ? what : 'the submission');
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
    if (triage.stage === 'ignored' || triage.stage === 'done') {
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
