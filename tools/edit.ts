import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../schemas/agent.js';
import type { ToolInput } from '../schemas/tool.js';
import { type Answer, done, Failed, Refused } from './answer.js';
import { named, textOf, writable } from './place.js';
import { describeScope, within } from './scope.js';

/** A text, in place of another one that is there exactly as given. */
export async function edit(root: string, input: ToolInput<'edit'>, scope: Scope): Promise<Answer> {
  const { path: given, old, all } = input;
  const inside = mayChange(given, scope);
  const { file, now } = await writable(root, inside);
  if (old === '') {
    if (now && now.size > 0) throw new Failed(`${inside} is there already: give the old text that is to be replaced`);
    await write(file, input.new);
    return done(`${inside}: ${now ? 'filled' : 'made'}`);
  }
  if (!now) throw new Failed(`${inside}: there is no such file; with an empty old it would be made`);
  const text = await textOf(file, inside);
  const crlf = text.includes('\r\n') && !/(^|[^\r])\n/.test(text);
  // Models write lines that end with LF; a file of the other kind stays one.
  const own = (part: string) => (crlf ? part.replace(/\r?\n/g, '\r\n') : part);
  const pieces = text.split(own(old));
  const lines = pieces.slice(0, -1).map((_, index) => lineAt(pieces.slice(0, index + 1).join(own(old))));
  if (lines.length === 0) throw new Failed(`${inside}: old does not occur in it${nearly(text, old)}`);
  if (lines.length > 1 && !all) {
    throw new Failed(
      `${inside}: old occurs ${lines.length} times, in lines ${lines.slice(0, 20).join(', ')}; give more of the text around it, or all`,
    );
  }
  await write(file, pieces.join(own(input.new)));
  return done(`${inside}: replaced in line${lines.length > 1 ? 's' : ''} ${lines.slice(0, 20).join(', ')}`);
}

/** The path from the root, if it is in the scope. */
export function mayChange(given: string, scope: Scope): string {
  const inside = named(given);
  if (!within(scope)(inside)) throw new Refused(`${inside} is not yours to change: ${describeScope(scope)}`);
  return inside;
}

export async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

export async function remove(file: string): Promise<void> {
  await rm(file);
}

function lineAt(before: string): number {
  return before.split('\n').length;
}

/** Most misses are of white space: says where it would fit. */
function nearly(text: string, old: string): string {
  const bare = (part: string) => part.replace(/\s+/g, '');
  const wanted = bare(old);
  const first = bare(old.trimStart().split('\n')[0] ?? '');
  if (wanted === '' || !bare(text).includes(wanted)) return '; read the file again';
  const line = text.split('\n').findIndex((one) => first !== '' && bare(one).includes(first));
  return `, but it does with other white space${line >= 0 ? `, from about line ${line + 1}` : ''}`;
}
