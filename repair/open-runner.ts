// Picks the runner for a module.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Module } from '../schemas/blueprint.js';
import { listFiles } from './files.js';
import { JavascriptRunner } from './javascript/host.js';
import { PythonRunner } from './python/host.js';
import type { Runner } from './runner.js';

export function openRunner({ root, module }: { readonly root: string; readonly module: Module }): Runner {
  const options = { root, module: module.path, runner: module.runner };
  if (module.language !== 'python') return new JavascriptRunner(options);
  const { tests } = listFiles({ root, module });
  const usesPytest = tests.some((file) => readFileSync(path.join(root, file), 'utf8').includes('pytest'));
  return new PythonRunner({ ...options, usesPytest });
}
