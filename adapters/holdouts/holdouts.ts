import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import type { HoldoutScenario, Holdouts } from '../../activities/ports.js';
import { HoldoutFile } from '../../schemas/holdouts.js';
import { parse, RefusedInput } from '../../schemas/parse.js';

const FILE = 'holdouts.yaml';
const FILES = 500;
const BYTES = 16 * 1024 * 1024;

type File = HoldoutScenario['files'][number];

/** Reads the directory that the operator named for a repo, each time anew: it may be changed between missions. */
export function createHoldouts(directories: Readonly<Record<string, string>>): Holdouts {
  return {
    async read(repo) {
      const directory = Object.hasOwn(directories, repo) ? directories[repo] : undefined;
      if (directory === undefined) return [];
      const { scenarios } = await readList(join(directory, FILE));
      return Promise.all(
        scenarios.map(async ({ files, report, ...scenario }) => ({
          ...scenario,
          ...(report !== undefined && { report }),
          files: files === undefined ? [] : await readFiles(join(directory, files)),
        })),
      );
    },
  };
}

async function readList(file: string) {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new RefusedInput(file, [error.message]);
  });
  return parse(HoldoutFile, parsed(text, file), file);
}

function parsed(text: string, file: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw new RefusedInput(file, [`it is not YAML: ${(error as Error).message}`]);
  }
}

async function readFiles(root: string): Promise<File[]> {
  const names = await readdir(root, { recursive: true }).catch((error: Error) => {
    throw new RefusedInput(root, [error.message]);
  });
  if (names.length > FILES) throw new RefusedInput(root, [`it has more than ${FILES} files`]);
  const files: File[] = [];
  let bytes = 0;
  for (const path of names.sort()) {
    const stat = await lstat(join(root, path));
    if (stat.isDirectory()) continue;
    // A link would bring something into the sandbox that nobody put here for it.
    if (!stat.isFile()) throw new RefusedInput(root, [`${path} is not a plain file`]);
    bytes += stat.size;
    if (bytes > BYTES) throw new RefusedInput(root, [`its files have more than ${BYTES} bytes`]);
    files.push({ path, content: await readFile(join(root, path)) });
  }
  return files;
}
