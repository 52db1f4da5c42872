import { resolve } from 'node:path';
import { verifyArchive } from '../adapters/archive/verify.js';
import { Refusal } from './errors.js';
import { json, processOutput, safe } from './output.js';

// Whether an archive is whole. Needs the files and nothing else.

export interface Verify {
  readonly archive: string;
  readonly json: boolean;
}

/** Exit code 1 when something is wrong. */
export async function verify({ archive, ...options }: Verify): Promise<number> {
  const path = resolve(archive);
  const { items, problems, notes } = await verifyArchive(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw new Refusal(`there is no directory ${path}`);
    throw error;
  });
  const whole = problems.length === 0;
  const output = processOutput(false);
  if (options.json) output.data(json({ archive: path, whole, items, problems, notes }));
  else {
    for (const { item, entries, head } of items)
      output.data(`${safe(item)}  ${count(entries, 'entries', 'entry')}  head ${head}`);
    for (const { where, what } of notes) output.talk(`note: ${safe(where)}: ${safe(what)}`);
    for (const { where, what } of problems) output.talk(`✘ ${safe(where)}: ${safe(what)}`);
    const files = items.reduce((sum, one) => sum + one.files, 0);
    const checked = `${count(items.length, 'items', 'item')}, ${count(files, 'files', 'file')}`;
    output.talk(
      whole
        ? `${checked}: everything is as it was archived`
        : `${checked}: ${count(problems.length, 'faults', 'fault')}`,
    );
  }
  return whole ? 0 : 1;
}

function count(number: number, many: string, one: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
