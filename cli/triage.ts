import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { DedupeStatus, Kin } from '../schemas/claim.js';
import type { IncidentStatus } from '../schemas/incident.js';
import { incidentBinding } from '../schemas/incident-question.js';
import { workflowId } from '../schemas/names.js';
import { SOURCES } from '../schemas/source.js';
import {
  correctTriage,
  dedupeStatus,
  incidentStatus,
  type TriageCorrection,
  type TriageStatus,
  triageStatus,
} from '../workflows/messages-triage.js';
import { withClient } from './connect.js';
import { Refusal } from './errors.js';
import { askGateway } from './gateway.js';
import { json, safe } from './output.js';
import { askEach } from './questions.js';
import { duration } from './text.js';

// What triage has made of signals: who leads, what follows, and what a person says about it.

interface Asks {
  readonly json: boolean;
}

const OVER: ReadonlySet<TriageStatus['stage']> = new Set(['done', 'ignored', 'folded']);

export function list(options: Asks): Promise<number> {
  return withClient(async (context) => {
    const { client, output } = context;
    const status = await dedupeOf(client);
    const { found, silent } = await askEach(context, 'triage', triageStatus);
    const claimed = new Set(status.open.flatMap(({ key, folded }) => [key, ...folded.map((member) => member.key)]));
    // What is read or asked about has claimed nothing yet; what is over is counted.
    const before = found.filter(({ dedupeKey, stage }) => !claimed.has(dedupeKey) && !OVER.has(stage));
    const lines = () => [...describeAll(status), ...before.flatMap(describe)];
    output.data(options.json ? json({ ...status, before }) : lines().join('\n'));
    if (silent.length > 0) output.talk(`no answer now of ${silent.map(safe).join(', ')}`);
    return 0;
  });
}

export function show({ key, ...options }: Asks & { readonly key: string }): Promise<number> {
  return withClient(async ({ client, output }) => {
    const status = await client.workflow.getHandle(await triageOf(client, key)).query(triageStatus);
    output.data(options.json ? json(status) : describe(status).join('\n'));
    return 0;
  });
}

interface Corrects extends Asks {
  readonly key: string;
  readonly to: TriageCorrection;
  readonly reason: string;
}

export function correct({ key, to, reason, ...options }: Corrects): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    if (to.kind === 'move' && config.repos.length > 0 && !config.repos.some(({ name }) => name === to.repo)) {
      throw new Refusal(`there is no repository ${to.repo}; known: ${config.repos.map(({ name }) => name).join(', ')}`);
    }
    const into = to.kind === 'merge' ? { ...to, into: keyOf(await triageOf(client, to.into)) } : to;
    const id = await triageOf(client, key);
    const by = { id: `cli:${config.user}`, name: config.user };
    const accepted = await client.workflow
      .getHandle(id)
      .executeUpdate(correctTriage, { args: [{ by, text: reason, to: into }] });
    const said = {
      ...{ split: 'gets a mission of its own', merge: 'is folded', move: 'begins anew there' },
      accept: 'is decided as it was proposed',
    };
    if (options.json) output.data(json({ ...accepted, triage: id }));
    else output.talk(`${safe(keyOf(id))} ${said[to.kind]}; \`signalbox triage show ${safe(keyOf(id))}\` tells when`);
    return 0;
  });
}

export function incidents(options: Asks): Promise<number> {
  return withClient(async (context) => {
    const { found, silent } = await askEach(context, 'incident', incidentStatus);
    if (options.json) context.output.data(json(found));
    else for (const status of found) context.output.data(incidentLine(status));
    if (silent.length > 0) context.output.talk(`no answer now of ${silent.map(safe).join(', ')}`);
    else if (found.length === 0 && !options.json) context.output.talk('no incident is open');
    return 0;
  });
}

export function incident({ id, ...options }: Asks & { readonly id: string }): Promise<number> {
  return withClient(async ({ client, output }) => {
    const status = await client.workflow.getHandle(incidentId(id)).query(incidentStatus);
    const { evidence, timeline } = status;
    const lines = [
      incidentLine(status),
      `  ${safe(status.because)}`,
      ...evidence.map(({ kind, text, url }) => `  ${kind}: ${safe(text)}${url ? ` ${safe(url)}` : ''}`),
      ...timeline.map(({ at, what }) => `  ${at} ${safe(what)}`),
    ];
    output.data(options.json ? json(status) : lines.join('\n'));
    return 0;
  });
}

interface Decides extends Asks {
  readonly id: string;
  readonly open: boolean;
  readonly reason: string;
}

export function decide({ id, open, reason, ...options }: Decides): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const status = await client.workflow.getHandle(incidentId(id)).query(incidentStatus);
    const receipt = await askGateway(config.people, '/approvals', {
      ...{ ...incidentBinding(status), decision: open ? 'approve' : 'reject', reason, via: 'cli' },
    });
    if (!receipt.taken) throw new Refusal(`refused: ${receipt.said}`);
    if (options.json) output.data(json({ taken: true, incident: status.id, said: receipt.said }));
    else output.talk(safe(receipt.said));
    return 0;
  });
}

function incidentId(id: string): string {
  return id.startsWith('incident/') ? id : workflowId.incident(id);
}

export function incidentLine({ id, name, severity, stage, alerts, firing, repo }: IncidentStatus): string {
  return `${safe(id)}  ${severity}  ${stage}  ${safe(name)}: ${alerts} ${alerts === 1 ? 'alert' : 'alerts'}, ${firing} firing${repo ? `, ${safe(repo)}` : ''}`;
}

async function dedupeOf(client: Client): Promise<DedupeStatus> {
  try {
    return await client.workflow.getHandle(workflowId.dedupe()).query(dedupeStatus);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const corrections = { split: 0, merge: 0, move: 0 };
    const time = { medianMs: 0, p95Ms: 0, longestMs: 0, late: 0 };
    const decided = { items: 0, corrected: 0, untouched: null };
    const counts = { corrections, time, decided, used: { apart: 0, moved: 0 }, byModel: 0 };
    return { open: [], closed: 0, claims: 0, folded: 0, near: 0, forgotten: 0, ...counts };
  }
}

/** `<source>/<item>`, or the item alone where one source has it. */
async function triageOf(client: Client, key: string): Promise<string> {
  const named = key.replace(/^triage\//, '');
  if (named.includes('/')) return workflowId.triage(named);
  const found = await Promise.all(
    SOURCES.map(async (source) => {
      const id = workflowId.triage(`${source}/${named}`);
      const there = await client.workflow
        .getHandle(id)
        .describe()
        .then(() => true)
        .catch((error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return false;
          throw error;
        });
      return there ? [id] : [];
    }),
  );
  const [only, ...others] = found.flat();
  if (only === undefined) throw new Refusal(`no triage knows ${named}`);
  if (others.length > 0) throw new Refusal(`several sources have ${named}: ${[only, ...others].map(keyOf).join(', ')}`);
  return only;
}

function keyOf(triage: string): string {
  return triage.replace(/^triage\//, '');
}

function describeAll({ open, claims, folded, near, closed, time, ...counts }: DedupeStatus): string[] {
  const { split, merge, move } = counts.corrections;
  const { decided, used, byModel } = counts;
  const share = decided.untouched === null ? '' : ` (${Math.round(decided.untouched * 100)} % without a correction)`;
  return [
    `${open.length} items lead, ${closed} are over; ${folded} of ${claims} claims folded, ${near} with a near miss; corrected: ${split} split, ${merge} merged, ${move} moved`,
    `${decided.items} decided on, ${decided.corrected} of them corrected${share}; corrections used ${used.apart + used.moved} times: ${used.apart} kept apart, ${used.moved} routed; ${byModel} routed by a model`,
    `time to triage: half within ${duration(time.medianMs)}, 95 % within ${duration(time.p95Ms)}, at most ${duration(time.longestMs)}; ${time.late} after more than 24 h`,
    ...open.flatMap((one) => [
      `${safe(one.key)}  ${safe(one.repo ?? '')}  ${safe(one.title)}`,
      ...one.folded.map((member) => `  = ${safe(member.key)}  ${safe(member.title)} (${safe(member.because)})`),
      ...one.near.map((other) => `  ~ ${safe(other.key)} (${safe(other.because)})`),
    ]),
  ];
}

function describe({ dedupeKey, stage, because, proposal, ...more }: TriageStatus): string[] {
  const { alsoFrom = [], near = [], parts = [], missing } = more;
  const kin = ({ key, title, because: why }: Kin) => `  ~ ${safe(key)}  ${safe(title)} (${safe(why)})`;
  return [
    // What it asks is its reason.
    `${safe(dedupeKey)}  ${missing.length > 0 ? stage : `${stage}: ${safe(because)}`}`,
    ...missing.map((question) => `  ? ${safe(question)}`),
    ...(proposal ? [`  \`signalbox triage accept ${safe(dedupeKey)}\` says yes; any answer, that it is work`] : []),
    ...parts.map((key) => `  + ${safe(key)}`),
    ...alsoFrom.map((key) => `  = ${safe(key)}`),
    ...near.map(kin),
  ];
}
