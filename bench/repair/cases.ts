// Reads bug cases from a directory, and makes a throw-away checkout of one.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Module } from '../../schemas/blueprint.js';
import { parse } from '../../schemas/parse.js';

export const CaseDescription = z.strictObject({
  module: Module,
  hidden: z.array(z.string()).min(1).describe('Globs of the hidden tests, from the root of the case'),
  operator: z.string().describe('What kind of slip it is, for the reader of the table'),
  expect: z.enum(['mend', 'refuse']).default('mend'),
  words: z.string().default('').describe('The ticket'),
});
export type CaseDescription = Readonly<z.infer<typeof CaseDescription>>;

export interface BugCase {
  readonly name: string;
  readonly directory: string;
  readonly description: CaseDescription;
}

const FILE = 'signalbox-case.json';

export function readCases(root: string): readonly BugCase[] {
  const found: BugCase[] = [];
  const visit = (directory: string) => {
    if (existsSync(path.join(directory, FILE))) {
      const text = readFileSync(path.join(directory, FILE), 'utf8');
      const name = path.relative(root, directory);
      found.push({ name, directory, description: parse(CaseDescription, JSON.parse(text), `${name}/${FILE}`) });
      return;
    }
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory() && entry.name !== 'node_modules') visit(path.join(directory, entry.name));
    }
  };
  visit(root);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export interface Checkout {
  readonly directory: string;
  write(file: string, text: string): void;
  remove(): void;
}

/** The hidden tests stay out unless they are asked for. */
export function checkOut({ bug, withHidden }: { readonly bug: BugCase; readonly withHidden: boolean }): Checkout {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'repair-case-'));
  cpSync(bug.directory, directory, {
    recursive: true,
    filter: (source) => withHidden || !path.relative(bug.directory, source).split(path.sep)[0]?.startsWith('hidden'),
  });
  return {
    directory,
    write: (file, text) => writeFileSync(path.join(directory, file), text),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
