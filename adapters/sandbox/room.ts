import { execFile } from 'node:child_process';
import { rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHECKOUTS } from './checkouts.js';
import { BOOT, namesIn } from './labels.js';
import { LAYERS } from './layers.js';
import { Place } from './place.js';
import { QUARANTINE } from './quarantine.js';
import type { Site } from './site.js';

// How much room a sandbox host takes: what can be made again goes first when it is too much, the longest unused before
// the others.

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

/** What was used a moment ago is about to be used again, perhaps by a workspace that is just being opened. */
const RECENT_MS = 3_600_000;

export interface RoomLimits {
  /** Of shared checkouts and set-up layers together; what open workspaces stand on stays, however much it is. */
  readonly cachesGiB: number;
  /** Of work that was put aside; the oldest goes first. */
  readonly quarantineGiB: number;
  readonly quarantineDays: number;
  /** With less than this free, no workspace is opened. */
  readonly freeGiB: number;
}

export interface Room {
  readonly cacheBytes: number;
  readonly quarantineBytes: number;
  readonly quarantined: number;
  readonly freeBytes: number;
  /** What was removed to get there. */
  readonly removedBytes: number;
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
}

export async function makeRoom(site: Site, limits: RoomLimits, now = Date.now()): Promise<Room> {
  const { directory } = site;
  const stale = await entries(site, join(directory, 'checkouts'), (name) => name !== BOOT);
  for (const { path } of stale) await remove(path);
  const standing = await inUse(site);
  const caches = [
    ...(await entries(site, join(directory, CHECKOUTS))),
    ...(await entries(site, join(directory, LAYERS))),
  ];
  const idle = caches.filter(({ path, usedAt }) => !standing?.has(path) && now - usedAt > RECENT_MS);
  // Where a workspace doesn't say what it stands on, nothing below it may go.
  const keptCaches = await shrink(caches, standing ? idle : [], limits.cachesGiB * GIB);
  const aside = await entries(site, join(directory, QUARANTINE));
  const expired = aside.filter(({ usedAt }) => now - usedAt > limits.quarantineDays * DAY_MS);
  for (const { path } of expired) await remove(path);
  const present = aside.filter((entry) => !expired.includes(entry));
  const keptAside = await shrink(present, present, limits.quarantineGiB * GIB);
  const before = sum([...stale, ...caches, ...aside]);
  return {
    cacheBytes: sum(keptCaches),
    quarantineBytes: sum(keptAside),
    quarantined: keptAside.length,
    freeBytes: await freeBytes(site),
    removedBytes: before - sum(keptCaches) - sum(keptAside),
  };
}

/** Of the file system that workspaces are on. */
export async function freeBytes({ options }: Site): Promise<number> {
  const { bavail, bsize } = await statfs(options.stateDir);
  return bavail * bsize;
}

/** What is left of all after as many of the removable ones are gone, the longest unused first, as it takes. */
async function shrink(all: readonly Entry[], removable: readonly Entry[], most: number): Promise<readonly Entry[]> {
  let kept = all;
  for (const entry of removable.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (sum(kept) <= most) break;
    await remove(entry.path);
    kept = kept.filter((other) => other !== entry);
  }
  return kept;
}

/** Undefined when one of them doesn't say. */
async function inUse(site: Site): Promise<ReadonlySet<string> | undefined> {
  const used = new Set<string>();
  for (const label of await namesIn(join(site.directory, 'workspaces'))) {
    const ground = await new Place(site, label).ground();
    if (!ground) return undefined;
    used.add(join(site.directory, CHECKOUTS, ground.checkout));
    for (const layer of ground.layers) used.add(join(site.directory, LAYERS, layer));
  }
  return used;
}

async function entries(site: Site, parent: string, wanted = (_name: string) => true): Promise<readonly Entry[]> {
  const names = (await namesIn(parent)).filter(wanted);
  return Promise.all(
    names.map(async (name) => {
      const path = join(parent, name);
      const [bytes, usedAt] = await Promise.all([sizeOf(site, path), stat(path).then(({ mtimeMs }) => mtimeMs)]);
      return { path, bytes, usedAt };
    }),
  );
}

/** What du can't read of a workspace that closed its directories is not counted. */
async function sizeOf(site: Site, path: string): Promise<number> {
  const du = promisify(execFile)(site.tool('du'), ['-sk', '--', path], { env: {}, cwd: '/' });
  const { stdout } = await du.catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }));
  return Number(stdout.split('\t')[0] ?? 0) * 1024 || 0;
}

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}

function sum(all: readonly Entry[]): number {
  return all.reduce((total, { bytes }) => total + bytes, 0);
}
