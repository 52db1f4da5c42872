import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type Execution,
  isClosed,
  payloadsOf,
  type RunHistory,
  type RunTree,
  resultOf,
  startOf,
} from '../schemas/history.js';
import type { Outcome } from '../schemas/outcome.js';
import type { PackedPlans } from '../schemas/plan-versions.js';
import { jsonOf, References } from '../schemas/references.js';
import { permanent, transient } from './failure.js';
import { beating } from './host.js';
import type { BlobStore } from './ports.js';
import type { Meter } from './ports-models.js';
import type { Archive, Histories, NewArchiveEntry } from './ports-records.js';

export interface RunToArchive extends Execution {
  readonly item: string;
  /** What the mission said of itself as its last: shown as it is when Temporal can't be asked any more. */
  readonly status?: unknown;
  readonly plans?: PackedPlans;
}

export interface ArchivedRun {
  /** Number of the entry in the item's chain, from 1. */
  readonly seq: number;
  /** Histories and blobs that were named but not to be had any more. */
  readonly missing: number;
}

export interface ArchivePorts {
  readonly histories: Histories;
  readonly archive: Archive;
  readonly blobs: BlobStore;
  readonly meter: Meter;
}

export function createArchiveActivities(ports: ArchivePorts) {
  const { archive, histories } = ports;

  async function archiveOnce(run: RunToArchive): Promise<ArchivedRun> {
    const entries = await archive.entries(run.item);
    const known = entries.find(({ runId }) => runId === run.runId);
    if (known) return outcomeOf(known);
    const tree = await histories.tree(run.workflowId, run.runId);
    if (!tree) throw permanent('ItemNotFound', `Temporal has forgotten run ${run.runId} of ${run.workflowId}`);
    const open = [tree.root, ...tree.children].find(({ history }) => !isClosed(history));
    if (open) throw transient('NotYet', `run ${open.runId} of ${open.workflowId} goes on`);
    await archivePrevious(run, tree, entries);
    const readable = await histories.readable(tree);
    const entry = await archive.append(await entryOf(run, tree, readable, ports.blobs));
    if (!entry) throw transient('NotYet', `another entry of ${run.item} went before`);
    // The chain takes each run once, so each mission is counted once.
    const end = resultOf(readable.root.history) as Outcome | undefined;
    if (end) ports.meter.missionEnded(end);
    return outcomeOf(entry);
  }

  /** Runs stand in their order, also when the archive of an earlier one is late, or began before there was one. */
  async function archivePrevious(run: RunToArchive, { root }: RunTree, entries: readonly Execution[]): Promise<void> {
    const { previous } = startOf(root.history);
    if (previous === undefined || entries.some(({ runId }) => runId === previous)) return;
    if (!(await histories.tree(run.workflowId, previous))) return;
    await archiveOnce({ item: run.item, workflowId: run.workflowId, runId: previous });
  }

  return {
    /** Keeps the histories of a run and of what it started, with the blobs that they name. Once per run. */
    archiveRun: (run: RunToArchive): Promise<ArchivedRun> => beating(() => archiveOnce(run)),
  };
}

export type ArchiveActivities = ReturnType<typeof createArchiveActivities>;

function outcomeOf({
  seq,
  missing,
}: {
  seq: number;
  missing: { histories: unknown[]; blobs: unknown[] };
}): ArchivedRun {
  return { seq, missing: missing.histories.length + missing.blobs.length };
}

/** `readable` is the same tree: histories are kept as the server has them, encrypted where they are, and read to be followed. */
async function entryOf(
  run: RunToArchive,
  tree: RunTree,
  readable: RunTree,
  blobs: BlobStore,
): Promise<NewArchiveEntry> {
  const files = new Map<string, () => Promise<Buffer>>();
  const kept = [tree.root, ...tree.children].map((one) => ({ one, file: fileOf(one) }));
  for (const { one, file } of kept) files.set(file, () => promisify(gzip)(JSON.stringify(one.history)));
  if (run.status !== undefined) {
    const said = Buffer.from(`${JSON.stringify({ status: run.status, plans: run.plans ?? [] }, null, 2)}\n`);
    files.set('status.json', async () => said);
  }
  const names = new References();
  for (const { history } of [readable.root, ...readable.children]) {
    for (const value of payloadsOf(history)) names.find(value);
  }
  const missing = await follow(names, blobs, files);
  return {
    item: run.item,
    workflowId: run.workflowId,
    runId: run.runId,
    first: startOf(tree.root.history).first,
    histories: kept.map(({ one, file }) => ({
      workflowId: one.workflowId,
      runId: one.runId,
      type: one.type,
      file,
    })),
    missing: { histories: [...tree.forgotten], blobs: missing },
    commits: [...names.commits].sort(),
    files,
  };
}

function fileOf({ workflowId, runId }: RunHistory): string {
  return `histories/${encodeURIComponent(workflowId)}.${runId}.json.gz`;
}

/** Adds the named blobs and what those name. Returns the addresses of blobs that are not there. */
async function follow(
  names: References,
  blobs: BlobStore,
  files: Map<string, () => Promise<Buffer>>,
): Promise<string[]> {
  const missing: string[] = [];
  // The map grows while it is walked through: a conversation names its messages.
  for (const [sha256] of names.blobs) {
    if (!(await blobs.has(sha256))) {
      missing.push(sha256);
      continue;
    }
    files.set(`blobs/${sha256}`, () => blobs.get({ sha256 }));
    const value = jsonOf(await blobs.get({ sha256 }));
    if (value !== undefined) names.find(value);
  }
  return missing.filter((sha256) => names.blobs.get(sha256)).sort();
}
