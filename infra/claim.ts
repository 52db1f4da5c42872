import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// A state directory has one owner at a time: two servers on one database, or two workers of one name, would spoil it.

/** Nobody else looks into it; sandboxes of root run as nobody, who has to get through. */
const MODE = process.getuid?.() === 0 ? 0o711 : 0o700;

/** One that is there stays as it is. */
export function makeStateDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: MODE });
}

/** Throws, naming the owner, while another process holds the directory. The claim of a dead process counts for nothing. */
export function claimDirectory(directory: string): { release(): void } {
  makeStateDirectory(directory);
  const file = join(directory, 'owner');
  const own = `${process.pid} ${bornAt(process.pid)}`;
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(file, own, { flag: 'wx' });
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 2) throw error;
      const [pid = '', born = ''] = readFileSync(file, 'utf8').split(' ');
      if (born !== '' && bornAt(Number(pid)) === born) {
        const remedy = 'end it, or set SIGNALBOX_STATE to another directory';
        throw new Error(`${directory} is in use by process ${pid}: ${remedy}`);
      }
      rmSync(file, { force: true });
    }
  }
}

/** Clock ticks between the machine's start and the process's; a pid alone may be another process by now. */
function bornAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
