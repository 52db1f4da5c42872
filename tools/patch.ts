import { applyPatch, parsePatch, type StructuredPatch } from 'diff';
import type { Scope } from '../schemas/agent.js';
import type { ToolInput } from '../schemas/tool.js';
import { type Answer, done, Failed } from './answer.js';
import { mayChange, remove, write } from './edit.js';
import { textOf, writable } from './place.js';

const FILES = 200;

interface Change {
  readonly path: string;
  readonly file: string;
  /** Undefined: the file goes. */
  readonly text?: string;
}

/** All files of a unified diff, or none. */
export async function patch(root: string, { patch: text }: ToolInput<'patch'>, scope: Scope): Promise<Answer> {
  const parts = parsed(text);
  const paths = parts.map(pathOf);
  for (const path of paths) mayChange(path, scope);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw new Failed(`${twice} is in the patch twice: put its hunks together`);
  const changes: Change[] = [];
  for (const [index, part] of parts.entries()) changes.push(await changed(root, part, paths[index] ?? '', scope));
  for (const { file, text: content } of changes) await (content === undefined ? remove(file) : write(file, content));
  return done(`patched ${changes.map(({ path }) => path).join(', ')}`);
}

function parsed(text: string): StructuredPatch[] {
  let parts: StructuredPatch[];
  try {
    parts = parsePatch(text);
  } catch (error) {
    throw new Failed(`this is not a unified diff: ${(error as Error).message}`);
  }
  if (parts.length === 0 || parts.length > FILES) throw new Failed(`expected a unified diff of 1 to ${FILES} files`);
  return parts;
}

const NONE = '/dev/null';

/** The one path that a part of a patch is about. */
function pathOf({ oldFileName, newFileName, hunks, ...part }: StructuredPatch): string {
  const plain = (name: string | undefined, prefix: string) => {
    if (name === undefined) throw new Failed('expected --- and +++ lines before each file');
    return name === NONE ? NONE : name.replace(new RegExp(`^${prefix}/`), '');
  };
  const [from, to] = [plain(oldFileName, 'a'), plain(newFileName, 'b')];
  const path = to === NONE ? from : to;
  if (path === NONE) throw new Failed('expected the name of a file');
  if (part.isRename || part.isCopy || (from !== NONE && from !== path)) {
    throw new Failed(`${from} to ${to}: a patch does not rename; delete one file and make the other`);
  }
  if (part.isBinary || hunks.length === 0) throw new Failed(`${path}: expected hunks of text`);
  return path;
}

async function changed(root: string, part: StructuredPatch, path: string, scope: Scope): Promise<Change> {
  const inside = mayChange(path, scope);
  const { file, now } = await writable(root, inside);
  const makes = part.oldFileName === NONE;
  if (makes && now) throw new Failed(`${inside} is there already`);
  if (!makes && !now) throw new Failed(`${inside}: there is no such file`);
  const before = now ? await textOf(file, inside) : '';
  const after = applyPatch(before, part);
  if (after === false) throw new Failed(misfit(before, part, inside));
  if (part.newFileName !== NONE) return { path: inside, file, text: after };
  if (after !== '') throw new Failed(`${inside}: the patch deletes the file, but not all of its lines`);
  return { path: inside, file };
}

/** Names the first hunk that does not fit: those before it do. */
function misfit(before: string, part: StructuredPatch, path: string): string {
  const { hunks } = part;
  const first = hunks.findIndex(
    (_, index) => applyPatch(before, { ...part, hunks: hunks.slice(0, index + 1) }) === false,
  );
  const hunk = hunks[first];
  const which = hunk ? `hunk ${first + 1} of ${hunks.length} (@@ -${hunk.oldStart},${hunk.oldLines} @@)` : 'a hunk';
  return `${path}: ${which} does not fit; nothing was changed. Read the file there, or use edit`;
}
