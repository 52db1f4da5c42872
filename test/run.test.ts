import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { Connection } from '@temporalio/client';
import { createTriageActivities } from '../activities/triage.js';
import { workflowId } from '../schemas/names.js';
import { loadConfig } from '../temporal.config.js';
import { eventually } from './eventually.js';
import { agentStubs, roleOf } from './workflows/agent-stubs.js';
import { type StubbedServer, startStubbedServer } from './workflows/server.js';
import { type AllActivities, BLOB, blueprint, id } from './workflows/stubs.js';

// `signalbox run` as a person has it: the built program on a terminal of its own, against a real server.

const { installDir } = loadConfig();
const MAIN = join(installDir, 'dist/cli/main.js');
/** Gives the program a terminal; what is written to its stdin is typed there. */
const ON_A_TERMINAL = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
`;

class Terminal {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  shown = '';

  constructor(args: readonly string[], env: Record<string, string | undefined>) {
    const command = ['-c', ON_A_TERMINAL, process.execPath, MAIN, ...args];
    this.#child = spawn('python3', command, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.on('data', (chunk) => {
      this.shown += chunk;
    });
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  async sees(what: RegExp): Promise<string> {
    const shown = await eventually(
      () => this.shown,
      (soFar) => what.test(soFar),
    );
    return what.exec(shown)?.[0] ?? '';
  }

  async exitCode(): Promise<number> {
    const [code] = this.#child.exitCode === null ? await once(this.#child, 'exit') : [this.#child.exitCode];
    return code;
  }
}

describe('signalbox run', () => {
  let server: StubbedServer;
  let home: string;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'signalbox-run-'));
    server = await startStubbedServer();
  });
  afterAll(async () => {
    await server?.close();
    rmSync(home, { recursive: true, force: true });
  });

  function env() {
    const { address } = (server.client.connection as Connection).options;
    return { PATH: process.env.PATH, HOME: home, TEMPORAL_ADDRESS: address, USER: 'alice', NO_COLOR: '1' };
  }

  async function signalbox(...args: string[]) {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: home,
      env: env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { out, err, code };
  }

  function activities(more: Partial<AllActivities> = {}, repos = ['parcels']): Partial<AllActivities> {
    const rules = repos.map((name) => ({ name, match: [] }));
    return {
      ...createTriageActivities({ trackers: {}, label: 'signalbox', repos: rules }),
      readBase: async () => {
        const head = { branch: 'main', commit: id('base'), tree: id('base tree') };
        return { ...head, blueprint, blueprintRef: BLOB, agents: true };
      },
      ...more,
    };
  }

  it('shows what is thought as it comes; Ctrl-C leaves it at work; --attach comes back to it, prompts it and ships it', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const callModel: AllActivities['callModel'] = async (input) => {
      if (roleOf(input.session) === 'coder' && input.n === 1) {
        const words = 'I will read \x1b[2Jthe file.';
        Context.current().heartbeat({ text: words, offset: words.length, thought: true, model: 'model-a' });
        await released;
      }
      return agentStubs.callModel(input);
    };
    await server.working(activities({ callModel }), async () => {
      // A step that is held must be let go before its worker can end, also when this fails.
      setTimeout(release, 40_000).unref();
      const first = new Terminal(['run', 'add a --json flag'], env());
      const item = await first.sees(/run-[0-9a-f]{10}/);
      await first.sees(/run thinks \(model-a\)\s+│ I will read \\u\{1b\}\[2Jthe file\./);
      first.type('\x03');
      expect(await first.exitCode()).toBe(130);
      expect(first.shown).toMatch(new RegExp(`\n(\\^C)?${item} goes on; .signalbox run --attach ${item}`));

      const mission = server.client.workflow.getHandle(workflowId.mission(item));
      const { runId } = await mission.describe();
      const second = new Terminal(['run', '--attach', item], env());
      await second.sees(/I will read/);
      release();
      await second.sees(/run coder, turn 1: handed it in/);
      await second.sees(/what next\?/);
      second.type('and document it\n');
      await second.sees(/✔ run-2 passed/);
      second.type('/ship\n');
      expect(await second.exitCode()).toBe(0);
      expect(second.shown).toMatch(/shipped {2}signalbox\/run-[0-9a-f]+ is merged into main/);
      expect(second.shown).toMatch(/cost \$0\.00\d+ of \$5\.00/);

      // All of it was one mission.
      expect((await mission.describe()).runId).toBe(runId);
      const budget = await signalbox('budget', item);
      expect(budget.out).toMatch(
        /^run-[0-9a-f]+ {2}\$0\.01 of \$5\.00, 1k tokens .*\n.*%\n.*task run +spent \$0\.0011, 110 tokens/,
      );
    });
  });

  it('without a terminal: one prompt, its result as the exit code, and how to go on', async () => {
    await server.working(activities(), async () => {
      const { code, out, err } = await signalbox('run', 'rename the flag');
      expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('✔ run passed') });
      const [, item = ''] = /--attach (run-\S+) --ship/.exec(err) ?? [];
      const shipped = await signalbox('run', '--attach', item, '--ship', '--json');
      expect(shipped.code).toBe(0);
      const events = shipped.out.trim().split('\n');
      expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ type: 'end', outcome: { result: 'shipped' } });
      expect((await signalbox('run', '--attach', item, '--ship')).err).toContain('has ended');
    });
  });

  it('ships at once when it is told to, and says with its exit code that a prompt did not work out', async () => {
    await server.working(activities(), async () => {
      expect((await signalbox('run', 'sort the list', '--ship')).code).toBe(0);
    });
    const runTools: AllActivities['runTools'] = async (input) => ({
      ...(await agentStubs.runTools(input)),
      ending: { tool: 'cannot_do', because: 'there is no list' },
    });
    await server.working(activities({ runTools }), async () => {
      const { code, out } = await signalbox('run', 'sort the other list');
      expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('there is no list') });
    });
  });

  it('asks at the terminal which repository is meant, and takes what an agent asks by `answer`', async () => {
    let asked = false;
    const runTools: AllActivities['runTools'] = async (input) => {
      const result = await agentStubs.runTools(input);
      if (asked || roleOf(input.session) !== 'coder') return result;
      asked = true;
      return { ...result, ending: { tool: 'ask', question: 'Which name?', options: ['--json'] } };
    };
    await server.working(activities({ runTools }, ['parcels', 'shop']), async () => {
      const terminal = new Terminal(['run', 'print it as JSON'], env());
      const item = await terminal.sees(/run-[0-9a-f]{10}/);
      await terminal.sees(/Which repository is this about\? Known: parcels, shop/);
      terminal.type('repo: shop\n');
      await terminal.sees(/run asks: Which name\?/);
      const { out } = await signalbox('status', item);
      expect(out).toMatch(
        /^budget {3}\$.*\nwaiting {2}on an answer .*Which name\?\n {2}or {5}--json\nanswer {3}signalbox/m,
      );
      expect((await signalbox('status')).out).toMatch(new RegExp(`${item} {2}run asks: Which name\\?`));
      const answer = await signalbox('answer', item, 'call it json', '--json');
      expect(JSON.parse(answer.out)).toEqual({ accepted: true, mission: item });
      await terminal.sees(/what next\?/);
      terminal.type('/stop not needed\n');
      expect(await terminal.exitCode()).toBe(1);
      expect(terminal.shown).toContain('cancelled by alice: not needed');
    });
  });
});
