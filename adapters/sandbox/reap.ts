import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKOUTS } from './checkouts.js';
import { abandoned, BOOT } from './labels.js';
import { LAYERS } from './layers.js';
import { Place } from './place.js';
import type { Site } from './site.js';

// What workers that were killed left behind, and what nobody has used for long.

const UNUSED_MS = 7 * 86_400_000;

/** Returns the number of workspaces that it removed. */
export async function reap(site: Site): Promise<number> {
  const workspaces = join(site.directory, 'workspaces');
  const labels = await abandoned(workspaces);
  await endProcesses(labels);
  for (const label of labels) await new Place(site, label).remove();
  await removeWhere(join(site.directory, 'checkouts'), async (name) => name !== BOOT);
  // A workspace says nowhere what it is mounted over, so the ground is only taken away when there is none.
  if ((await namesIn(workspaces)).length === 0) {
    await removeWhere(join(site.directory, CHECKOUTS), isUnused);
    await removeWhere(join(site.directory, LAYERS), isUnused);
  }
  return labels.length;
}

/** Sandboxes end with their worker; one that was about to start when the worker was killed may not have heard of it. */
async function endProcesses(labels: readonly string[]): Promise<void> {
  if (labels.length === 0) return;
  const dead = new Set(labels);
  for (const pid of (await namesIn('/proc')).filter((name) => /^\d+$/.test(name))) {
    const argv = (await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')).split('\0');
    if (!argv.some((word) => dead.has(word))) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

async function removeWhere(parent: string, unwanted: (name: string, path: string) => Promise<boolean>): Promise<void> {
  for (const name of await namesIn(parent)) {
    const path = join(parent, name);
    if (await unwanted(name, path)) await rm(path, { recursive: true, force: true });
  }
}

async function isUnused(_name: string, path: string): Promise<boolean> {
  return Date.now() - (await stat(path)).mtimeMs > UNUSED_MS;
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}
