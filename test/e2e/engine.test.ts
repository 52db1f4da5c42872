import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runEngine } from '../../activities/engine.js';
import type { Workspace, Workspaces } from '../../activities/ports.js';
import { createSandboxHost } from '../../adapters/sandbox/host.js';
import type { Module } from '../../schemas/blueprint.js';
import type { RepairRequest, RepairResult, Survey } from '../../schemas/repair.js';
import { loadConfig } from '../../temporal.config.js';

const LIMITS = { memoryMiB: 2048, processes: 256, diskMiB: 256, outputBytes: 256 * 1024 };

const TYPESCRIPT = {
  'package.json': '{"type":"module"}\n',
  'src/fee.ts':
    'export interface Order {\n  readonly items: number;\n}\n\nexport function fee(order: Order): number {\n  if (order.items > 3) return 0;\n  return 5;\n}\n',
  'test/fee.test.ts':
    "import assert from 'node:assert/strict';\nimport { describe, it } from 'node:test';\nimport { fee } from '../src/fee.js';\n\ndescribe('fee', () => {\n  it('is due below three', () => assert.equal(fee({ items: 2 }), 5));\n  it('is waived from three', () => assert.equal(fee({ items: 3 }), 0));\n});\n",
};

const JAVASCRIPT = {
  'src/page.js': 'function pages(total, size) {\n  return Math.floor(total / size);\n}\nmodule.exports = { pages };\n',
  'test/page.test.js':
    "const assert = require('node:assert');\nconst test = require('node:test');\nconst { pages } = require('../src/page.js');\ntest('full', () => assert.equal(pages(20, 10), 2));\ntest('short', () => assert.equal(pages(21, 10), 3));\n",
};

const PYTHON = {
  'src/late.py': 'def late(days):\n    if days < 3:\n        return 0\n    return days * 2\n',
  'test/test_late.py':
    'import unittest\n\nfrom late import late\n\n\nclass Late(unittest.TestCase):\n    def test_grace(self):\n        self.assertEqual(late(3), 0)\n\n    def test_fee(self):\n        self.assertEqual(late(4), 8)\n',
};

const CASES = [
  {
    language: 'typescript',
    files: TYPESCRIPT,
    runner: 'node-test',
    tests: ['test/*.test.ts'],
    target: 'test/fee.test.ts::fee > is waived from three',
    mended: 'order.items >= 3',
  },
  {
    language: 'javascript',
    files: JAVASCRIPT,
    runner: 'node-test',
    tests: ['test/*.test.js'],
    target: 'test/page.test.js::short',
    mended: 'Math.ceil(total / size)',
  },
  {
    language: 'python',
    files: PYTHON,
    runner: 'unittest',
    tests: ['test/test_*.py'],
    target: 'test/test_late.py::Late > test_grace',
    mended: 'days <= 3',
  },
] as const;

describe('the repair engine in the real sandbox', () => {
  let directory: string;
  let workspaces: Workspaces;
  const opened: Workspace[] = [];
  let openWith: (
    name: string,
    files: Readonly<Record<string, string>>,
  ) => Promise<{ workspace: Workspace; tree: string }>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signalbox-engine-'));
    const { installDir, path } = loadConfig();
    const host = createSandboxHost({ stateDir: join(directory, 'state'), installDir, path });
    workspaces = host.workspaces;
    openWith = async (name, files) => {
      const url = repository(join(directory, name), files);
      const { tree } = await host.depot.fetch({ name, url, defaultBranch: 'main' }, 'main');
      const workspace = await workspaces.open({ repo: name, tree, layers: [], limits: LIMITS });
      opened.push(workspace);
      return { workspace, tree };
    };
  });

  afterAll(async () => {
    await Promise.all(opened.map((workspace) => workspace.close()));
    await rm(directory, { recursive: true, force: true });
  });

  async function ask(workspace: Workspace, request: RepairRequest): Promise<Survey | RepairResult> {
    const { signal } = new AbortController();
    const event = await runEngine({
      workspace,
      command: workspaces.engine,
      request,
      seconds: 20,
      signal,
      onProgress: () => undefined,
    });
    return 'survey' in event ? event.survey : event.result;
  }

  it.each(CASES)('surveys and mends $language under $runner', async ({ files, target, mended, ...rest }) => {
    const { workspace, tree } = await openWith(rest.language, files);
    const module = moduleOf(rest);
    const survey = await ask(workspace, { do: 'survey', name: 'app', module, timeoutSeconds: 20 });
    expect(survey).toMatchObject({ module: 'app' });
    const { tests } = survey as Survey;
    expect(tests.map(({ id, outcome }) => `${outcome} ${id}`)).toContain(`fail ${target}`);
    expect(tests.filter(({ outcome }) => outcome === 'pass')).toHaveLength(1);
    for (const { covered } of tests)
      expect(Object.keys(covered)).toEqual([Object.keys(files).find((file) => file.startsWith('src/'))]);

    const result = await ask(workspace, search(module, target));
    expect(result).toMatchObject({ status: 'plausible', passes: 2 });
    const [edit] = (result as RepairResult & { status: 'plausible' }).candidate.edits;
    expect(edit?.after).toContain(mended);
    // The engine proposes; the checkout stays as it was.
    expect(await workspace.snapshot()).toEqual({ tree });
  });

  it('says why tests cannot be run instead of failing', async () => {
    const { workspace } = await openWith('bare', {
      'src/a.js': 'export const a = 1;\n',
      'test/a.test.js':
        "import { expect, it, vi } from 'vitest';\nvi.mock('../src/a.js');\nit('a', () => expect(1).toBe(1));\n",
    });
    const module = moduleOf({ language: 'javascript', runner: 'vitest', tests: ['test/*.test.js'] });
    const survey = await ask(workspace, { do: 'survey', name: 'app', module, timeoutSeconds: 20 });
    expect(survey).toEqual({
      module: 'app',
      tests: [],
      unsupported: expect.stringContaining('vitest is not installed'),
    });
    const result = await ask(workspace, search(module, 'test/a.test.js::a'));
    expect(result).toMatchObject({ status: 'cannot-do', reason: 'unsupported-runner' });
  });
});

function repository(work: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(work, name)), { recursive: true });
    writeFileSync(join(work, name), text);
  }
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: work });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'app');
  return work;
}

function moduleOf({
  language,
  runner,
  tests,
}: Pick<Module, 'language' | 'runner'> & { readonly tests: readonly string[] }): Module {
  return { path: '.', language, runner, sources: ['src/**'], tests: [...tests] };
}

function search(module: Module, target: string): RepairRequest {
  const limits = { candidates: 400, seconds: 20, startAt: 0, rejected: [] };
  return { do: 'search', name: 'app', module, targets: [target], touches: ['src/**'], words: '', ...limits };
}
