import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ArchiveManifest } from '../../schemas/archive.js';
import {
  attributesOf,
  type History,
  isClosed,
  nextRunOf,
  payloadsOf,
  startedChildren,
  startOf,
} from '../../schemas/history.js';
import { jsonOf, References } from '../../schemas/references.js';
import { CHECKSUM, digest, MANIFEST } from './format.js';

// One entry of an archive: each file against its hash, and nothing missing, nothing added.

export interface Finding {
  /** Path of the file or directory. */
  readonly where: string;
  readonly what: string;
}

interface Report {
  readonly problems: Finding[];
  readonly notes: Finding[];
}

/** Adds what is wrong; returns how many files were checked. */
export async function verifyContent(entry: string, manifest: ArchiveManifest, report: Report): Promise<number> {
  const references = new References();
  const problem = (name: string, what: string) => report.problems.push({ where: join(entry, name), what });
  const listed = new Set([MANIFEST, CHECKSUM, ...manifest.files.map(({ name }) => name)]);
  for (const { name, isFile } of await filesBelow(entry)) {
    if (!isFile) problem(name, 'is not a plain file');
    else if (!listed.has(name)) problem(name, 'is not in the manifest');
  }
  const runs = new Map(manifest.histories.map((run) => [run.file, run]));
  for (const { name, sha256, bytes: size } of manifest.files) {
    const bytes = await readFile(join(entry, name)).catch(() => undefined);
    if (!bytes) problem(name, 'is missing');
    else if (bytes.length !== size || digest(bytes) !== sha256)
      problem(name, 'its bytes are not those that were archived');
    else if (name.startsWith('blobs/')) {
      if (name !== `blobs/${sha256}`) problem(name, 'is named after other bytes than it holds');
      references.find(jsonOf(bytes));
    } else if (runs.has(name)) await verifyHistory(name, bytes);
    else if (name !== 'status.json') problem(name, 'is nothing that the manifest speaks of');
  }
  for (const { file, workflowId } of manifest.histories) {
    if (!manifest.files.some(({ name }) => name === file))
      problem(file, `the history of ${workflowId} is not in the entry`);
  }
  for (const [sha256, certain] of references.blobs) {
    const known =
      manifest.missing.blobs.includes(sha256) || manifest.files.some(({ name }) => name === `blobs/${sha256}`);
    if (certain && !known)
      problem(`blobs/${sha256}`, 'is named by the entry, and neither there nor said to be missing');
  }
  return manifest.files.length + 2;

  async function verifyHistory(name: string, bytes: Buffer): Promise<void> {
    const history = await historyIn(bytes);
    const run = runs.get(name);
    if (!history || !run) return void problem(name, 'is not a history');
    const { type, first } = startOf(history);
    const { originalExecutionRunId } = attributesOf(history.events[0] ?? { eventId: '', eventTime: '', eventType: '' });
    if (type !== run.type) problem(name, `is the history of a ${type}, not of a ${run.type}`);
    if (originalExecutionRunId !== run.runId) problem(name, `is another run than ${run.runId}`);
    if (!isClosed(history)) problem(name, 'ends before the run has ended');
    if (history.events.some(({ eventId }, index) => Number(eventId) !== index + 1)) problem(name, 'lacks events');
    if (run === manifest.histories[0]) {
      if (first !== manifest.first || run.runId !== manifest.runId) problem(name, 'is not the run of this entry');
      if (manifest.missing.histories.length + manifest.missing.blobs.length > 0) {
        const { histories, blobs } = manifest.missing;
        const what = `${histories.length} histories and ${blobs.length} blobs were gone when it was archived`;
        report.notes.push({ where: entry, what });
      }
    } else {
      const next = nextRunOf(history);
      if (next !== undefined) needRun(name, next);
    }
    for (const child of startedChildren(history)) if (child.type !== 'archive') needRun(name, child.runId);
    for (const value of payloadsOf(history)) references.find(value);
  }

  function needRun(name: string, runId: string): void {
    const kept = [...manifest.histories, ...manifest.missing.histories].some((one) => one.runId === runId);
    if (!kept) problem(name, `the run ${runId} that it started is neither there nor said to be missing`);
  }
}

async function historyIn(bytes: Buffer): Promise<History | undefined> {
  try {
    const history = JSON.parse((await promisify(gunzip)(bytes)).toString()) as History;
    return Array.isArray(history.events) && history.events.length > 0 ? history : undefined;
  } catch {
    return undefined;
  }
}

async function filesBelow(entry: string): Promise<{ readonly name: string; readonly isFile: boolean }[]> {
  const found = await readdir(entry, { withFileTypes: true, recursive: true });
  return found
    .filter((one) => !one.isDirectory())
    .map((one) => ({ name: relative(entry, join(one.parentPath, one.name)), isFile: one.isFile() }));
}
