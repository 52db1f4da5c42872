import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotDepot } from '../depot/depot.js';
import { abandoned, namesIn } from './labels.js';
import { Place } from './place.js';
import { putAside, unkept } from './quarantine.js';
import type { Site } from './site.js';

// What workers that were killed left behind: processes are ended, workspaces removed, work that no snapshot has is put
// aside.

export interface Reaped {
  /** Processes that outlived their workspace. */
  readonly processes: number;
  /** Workspaces that were removed. */
  readonly removed: number;
  /** Workspaces that were put aside. */
  readonly quarantined: number;
}

export async function reap(site: Site, depot: SnapshotDepot, now = Date.now()): Promise<Reaped> {
  const workspaces = join(site.directory, 'workspaces');
  const labels = await abandoned(workspaces, now);
  const processes = await endProcesses(site, new Set(labels), new Set(await namesIn(workspaces)));
  let quarantined = 0;
  for (const label of labels) {
    const place = new Place(site, label);
    const ground = await place.ground();
    const paths = ground?.work ? await unkept(place, ground, depot) : [];
    if (ground && (paths === null || paths.length > 0)) {
      await putAside(site, place, ground, paths);
      quarantined++;
    } else await place.remove();
  }
  return { processes, removed: labels.length - quarantined, quarantined };
}

const LABEL = /^sb-[0-9a-f-]{36}$/;

/**
 * Sandboxes end with their worker; one that was about to start when the worker was killed may not have heard of it. A
 * workspace is there before its first process and gone after its last: who has a label without one is left over too.
 */
async function endProcesses(site: Site, dead: ReadonlySet<string>, present: ReadonlySet<string>): Promise<number> {
  let ended = 0;
  for (const pid of (await namesIn('/proc')).filter((name) => /^\d+$/.test(name))) {
    const argv = (await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')).split('\0');
    const label = argv.find((word) => dead.has(word)) ?? argv.find((word) => LABEL.test(word));
    if (label === undefined || !(dead.has(label) || (!present.has(label) && (await isOurs(site, pid))))) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
      ended++;
    } catch {
      // It ended by itself.
    }
  }
  return ended;
}

/** Another installation on this machine has workspaces of its own. */
async function isOurs(site: Site, pid: string): Promise<boolean> {
  const cwd = await readlink(join('/proc', pid, 'cwd')).catch(() => '');
  return cwd === site.options.stateDir;
}
