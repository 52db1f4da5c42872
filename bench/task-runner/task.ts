import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { Gate } from '../../schemas/blueprint.js';
import { parse, RefusedInput } from '../../schemas/parse.js';
import { WorkItem } from '../../schemas/work-item.js';

/** `task.yaml`: paths are relative to its directory. */
const TaskFile = z.strictObject({
  title: z.string().min(1).max(300),
  instruction: z.string().min(1).max(60_000).optional().describe('By default the text of instruction.md'),
  type: WorkItem.shape.type.default('feature'),
  repo: z.string().min(1).default('repo').describe('Directory of files, git repository, bundle, or URL to clone'),
  base: z.string().min(1).optional().describe('Branch, tag or commit to start from; by default its HEAD'),
  blueprint: z.string().min(1).optional().describe('signalbox.yaml, where the repository has none or another'),
  hidden: Gate.pick({ command: true, in: true, report: true, timeout: true }).extend({
    files: z.string().min(1).default('hidden').describe('Directory that is laid over the merged change'),
  }),
});

export interface Task extends Omit<z.infer<typeof TaskFile>, 'instruction'> {
  /** Of its directory; the name of its repository and, in capitals, of its item. */
  readonly name: string;
  readonly directory: string;
  readonly instruction: string;
}

/** A directory with a task.yaml, or one with such directories. Throws `RefusedInput` that names each wrong field. */
export function readTasks(directory: string): readonly Task[] {
  const root = resolve(directory);
  if (existsSync(join(root, 'task.yaml'))) return [readTask(root)];
  const inside = existsSync(root) ? readdirSync(root).sort() : [];
  const tasks = inside.map((name) => join(root, name)).filter((path) => existsSync(join(path, 'task.yaml')));
  if (tasks.length === 0) throw new RefusedInput(root, ['expected a task.yaml in it, or directories with one']);
  return tasks.map(readTask);
}

function readTask(directory: string): Task {
  const file = join(directory, 'task.yaml');
  const { instruction, ...task } = parse(TaskFile, parseYaml(readFileSync(file, 'utf8')), file);
  const text = join(directory, 'instruction.md');
  const told = instruction ?? (existsSync(text) ? readFileSync(text, 'utf8') : undefined);
  if (told === undefined) throw new RefusedInput(file, ['instruction: expected here or in instruction.md']);
  if (!existsSync(join(directory, task.hidden.files))) {
    throw new RefusedInput(file, [`hidden.files: there is no directory ${task.hidden.files}`]);
  }
  const name = basename(directory).replace(/[^A-Za-z0-9.-]+/g, '-');
  return { ...task, name, directory, instruction: told };
}
