import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../temporal.config.js';
import { FakeModels } from '../../test/fakes/models/fake-models.js';
import { byRole, type FakeCall, type FakeReply } from '../../test/fakes/models/script.js';
import { NO_KEYS } from '../../test/processes.js';
import { reportText, type TaskReport, totalsOf } from './report.js';
import { runTasks } from './run.js';
import { readTasks } from './task.js';

// The three tasks of bench/tasks with scripted models: one is solved, one only pretends, one refuses.

const { installDir } = loadConfig();
const TASKS = join(installDir, 'bench/tasks');
const price = { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 };
const sizes = { contextTokens: 200_000, maxOutputTokens: 8_000, thinking: false };

const submit = (input: unknown) => ({ name: 'submit', input });
const asked = ({ messages }: FakeCall) => messages[0]?.texts.join('\n') ?? '';

/** By a word that only this task has in its text. */
const EDITS: Readonly<Record<string, { path: string; old: string; new: string }>> = {
  median: {
    path: 'src/stats.mjs',
    old: '  return sorted[Math.floor(sorted.length / 2)];',
    new: '  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];\n  return (low + high) / 2;',
  },
  fromRoman: {
    path: 'src/roman.mjs',
    old: '/** 1 to 3999. */',
    new: 'export function fromRoman(text) {\n  return { I: 1, V: 5, X: 10 }[text] ?? 0;\n}\n\n/** 1 to 3999. */',
  },
};

function plan(): FakeReply {
  const task = { id: 'change', title: 'The change', goal: 'Make the change', acceptance: ['it is made'] };
  const draft = {
    criteria: [{ text: 'it is made', check: 'the gate' }],
    ...{ questions: [], assumptions: [], risks: [], risk: 'low' },
    tasks: [{ ...task, needs: [], touches: ['src/**'], module: 'app', proof: 'gates', targets: [], size: 'small' }],
  };
  return { tools: [submit(draft)] };
}

const GIVE_UP: FakeReply = { tools: [{ name: 'cannot_do', input: { because: 'the formats contradict each other' } }] };

function code(call: FakeCall): FakeReply {
  const edit = Object.entries(EDITS).find(([word]) => asked(call).includes(word))?.[1];
  if (!edit) return GIVE_UP;
  const edited = { name: 'edit', input: edit };
  return { tools: [edited, submit({ summary: 'Changed it as the task says', answers: [] })] };
}

const script = byRole({
  // A second plan would be the first one again.
  planner: (call) => (asked(call).includes('The plan before') ? GIVE_UP : plan()),
  critic: () => ({ tools: [submit({ verdict: 'accept', objections: [] })] }),
  coder: code,
  reviewer: () => ({ tools: [submit({ risk: 'low', riskBecause: 'small', findings: [], earlier: [] })] }),
});

describe('bench:tasks', () => {
  const models = new FakeModels();
  const said: string[] = [];
  let directory: string;
  let reports: readonly TaskReport[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signalbox-tasks-'));
    models.script(script);
    await models.start();
    reports = await runTasks({
      ...loadConfig(),
      ...{ directory, tasks: readTasks(TASKS), budget: 1, say: (line: string) => said.push(line) },
      models: {
        env: { ...NO_KEYS, ANTHROPIC_API_KEY: models.apiKey, ANTHROPIC_BASE_URL: models.anthropicUrl },
        config: { use: [{ provider: 'anthropic', id: 'claude-scripted', tier: 'strong', price, ...sizes }] },
      },
    });
  }, 240_000);

  afterAll(async () => {
    await models.close();
    await rm(directory, { recursive: true, force: true });
  });

  const of = (name: string) => reports.find((report) => report.name === name);

  it('calls a task solved when what was merged passes tests that nobody has seen', () => {
    expect(models.scriptErrors).toEqual([]);
    expect(of('bug-median')).toMatchObject({ verdict: 'solved', models: ['anthropic/claude-scripted'] });
  });

  it('calls it wrong when the gates were satisfied and those tests are not', () => {
    expect(of('feature-roman')).toMatchObject({ verdict: 'wrong' });
    expect(of('feature-roman')?.because).toContain('exit code 1');
  });

  it('calls it refused when it stopped and said why', () => {
    expect(of('refactor-money')).toMatchObject({ verdict: 'refused' });
    expect(of('refactor-money')?.because).toContain('cannot-do');
  });

  it('shows no model anything of the hidden tests', () => {
    expect(JSON.stringify(models.requests)).not.toContain('reads everything that is written');
    expect(models.requests.length).toBeGreaterThan(10);
  });

  it('counts what it cost', () => {
    const totals = totalsOf(reports);
    expect(totals).toMatchObject({ tasks: 3, verdicts: { solved: 1, wrong: 1, refused: 1, 'not-run': 0 } });
    const paid = models.requests.reduce((sum, { usage }) => sum + (usage?.output ?? 0) * price.output, 0) / 1e6;
    expect(totals.usd).toBeGreaterThan(paid);
    expect(totals.tokens).toBeGreaterThan(1_000);
    expect(reportText(reports)).toContain('3 tasks: 1 solved, 1 wrong, 1 refused');
    expect(said).toContain('bug-median: planning');
  });
});
