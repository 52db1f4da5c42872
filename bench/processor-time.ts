import { readFileSync } from 'node:fs';

const MS_PER_TICK = 10;

/** Milliseconds of processor time that this process and another one have used. Linux only: undefined elsewhere. */
export function processorTime(pid: number): number | undefined {
  const own = process.cpuUsage();
  try {
    // The name in parentheses may hold spaces; user and system time are the 14th and 15th field of the whole line.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (own.user + own.system) / 1000 + (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return undefined;
  }
}
