import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { stringify } from 'yaml';
import { createGateActivities } from '../../activities/gates.js';
import { createBlobs } from '../../adapters/blobs/blobs.js';
import { createGateCache } from '../../adapters/blobs/gate-cache.js';
import { createTestHistory } from '../../adapters/blobs/test-history.js';
import { createSandboxHost } from '../../adapters/sandbox/host.js';
import type { Verdict } from '../../schemas/verdict.js';
import type { Config } from '../../temporal.config.js';
import type { TaskRepo } from './repo.js';
import type { Task } from './task.js';

const GATE = 'hidden';

export interface Judge {
  /** Runs the hidden tests of the task on a commit of its repository. */
  verdict(task: Task, repo: TaskRepo, commit: string): Promise<Verdict>;
}

/** A sandbox host with a state of its own: no agent's workspace has ever held a hidden test. */
export function createJudge(
  { installDir, path, caFile }: Pick<Config, 'installDir' | 'path' | 'caFile'>,
  stateDir: string,
): Judge {
  const host = createSandboxHost({ stateDir, installDir, path, ...(caFile !== undefined && { caFile }) });
  const { depot, workspaces } = host;
  const blobs = createBlobs(join(stateDir, 'blobs'));
  const { runGate } = createGateActivities({
    ...{ workspaces, depot, blobs },
    gateCache: createGateCache(join(stateDir, 'gate-cache')),
    testHistory: createTestHistory(join(stateDir, 'test-history')),
  });
  return {
    async verdict({ name, hidden: { files: _, ...hidden } }, repo, commit) {
      const url = repo.withHidden(commit);
      const { tree } = await depot.fetch({ name, url, defaultBranch: 'judged' }, 'judged');
      const { version, modules, setup, limits } = repo.blueprint;
      const rules = { version, modules, setup, limits, gates: [{ name: GATE, ...hidden }] };
      const blueprint = await blobs.put(stringify(rules), 'application/yaml');
      const input = { repo: name, tree, near: tree, blueprint, gate: GATE, targets: [], fresh: true };
      return new MockActivityEnvironment().run(runGate, input);
    },
  };
}
