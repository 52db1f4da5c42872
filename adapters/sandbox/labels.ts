import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

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

/** The directory is there from the moment at which it says whose it is, and never before. */
export async function claim(directory: string): Promise<void> {
  const startTime = startTimeOf(process.pid) ?? '';
  const unfinished = join(dirname(directory), `.claim-${BOOT}_${process.pid}_${startTime}_${randomUUID()}`);
  await mkdir(unfinished, { recursive: true });
  const owner: Owner = { boot: BOOT, pid: process.pid, startTime, createdAt: new Date().toISOString() };
  await writeFile(join(unfinished, FILE), JSON.stringify(owner));
  await rename(unfinished, directory);
}

/** No step works for so long in one workspace: what is older was forgotten, though its worker lives. */
const MOST_MS = 24 * 3_600_000;

/** Names of the directories whose owner is gone or can't be known, or which are too old to be in use. */
export async function abandoned(parent: string, now = Date.now()): Promise<string[]> {
  const names = await namesIn(parent);
  const dead = await Promise.all(names.map(async (name) => ((await isOwned(join(parent, name), now)) ? [] : [name])));
  return dead.flat();
}

/** Empty for a directory that is not there. */
export function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

async function isOwned(directory: string, now: number): Promise<boolean> {
  const [boot, pid, startTime] = /^\.claim-(.+)_(\d+)_(\d*)_/.exec(basename(directory))?.slice(1) ?? [];
  // Its owner is between making it and saying so in it.
  if (boot !== undefined) return boot === BOOT && startTimeOf(Number(pid)) === startTime;
  try {
    const owner = JSON.parse(await readFile(join(directory, FILE), 'utf8')) as Owner;
    const lives = owner.boot === BOOT && startTimeOf(owner.pid) === owner.startTime;
    return lives && now - Date.parse(owner.createdAt) < MOST_MS;
  } catch {
    return false;
  }
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
