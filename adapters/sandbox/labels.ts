import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Every directory of a workspace says which process owns it, so that what a killed worker left can be told from what
// is in use. A process id alone would be wrong after it was given to another process.

interface Owner {
  readonly boot: string;
  readonly pid: number;
  readonly startTime: string;
  readonly createdAt: string;
}

const FILE = 'owner.json';

export const BOOT = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

export async function claim(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const owner: Owner = {
    boot: BOOT,
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    createdAt: new Date().toISOString(),
  };
  await writeFile(join(directory, FILE), JSON.stringify(owner));
}

/** No step works for so long in one workspace: what is older was forgotten, though its worker lives. */
const MOST_MS = 24 * 3_600_000;

/**
 * Names of the directories whose owner is gone, or which are too old to be in use. One without a readable owner was
 * never finished.
 */
export async function abandoned(parent: string, now = Date.now()): Promise<string[]> {
  const names = await namesIn(parent);
  const dead = await Promise.all(names.map(async (name) => ((await isOwned(join(parent, name), now)) ? [] : [name])));
  return dead.flat();
}

/** Empty for a directory that is not there. */
export function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

const YOUNG_MS = 60_000;

async function isOwned(directory: string, now: number): Promise<boolean> {
  try {
    const { boot, pid, startTime, createdAt } = JSON.parse(await readFile(join(directory, FILE), 'utf8')) as Owner;
    return boot === BOOT && startTimeOf(pid) === startTime && now - Date.parse(createdAt) < MOST_MS;
  } catch {
    return isYoung(directory);
  }
}

/** Another worker may be between making the directory and saying whose it is. */
async function isYoung(directory: string): Promise<boolean> {
  const made = await stat(directory).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs < YOUNG_MS;
}

/** Field 22 of /proc/<pid>/stat, counted from behind the name, which may hold anything. */
function startTimeOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
