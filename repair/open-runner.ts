// Picks the runner for a module.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RepairRequest } from '../schemas/repair.js';
import { FallingBack } from './falling-back.js';
import { listFiles } from './files.js';
import { JavascriptRunner } from './javascript/host.js';
import { PythonRunner } from './python/host.js';
import type { Runner } from './runner.js';
import { SpawnedRunner } from './spawned/host.js';

export function openRunner({ root, request }: { readonly root: string; readonly request: RepairRequest }): Runner {
  const { module } = request;
  const options = { root, module: module.path, runner: module.runner };
  const { tests } = listFiles({ root, module });
  const limits =
    request.do === 'search'
      ? { targets: request.targets, seconds: request.seconds }
      : { targets: [], seconds: request.timeoutSeconds };
  const usesPytest = () => tests.some((file) => readFileSync(path.join(root, file), 'utf8').includes('pytest'));
  return new FallingBack({
    warm: () =>
      module.language === 'python'
        ? new PythonRunner({ ...options, usesPytest: usesPytest() })
        : new JavascriptRunner(options),
    cold: () => new SpawnedRunner({ ...options, tests, ...limits }),
  });
}
