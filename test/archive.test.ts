import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getClient } from '@temporalio/activity';
import { ApplicationFailure, type Connection, WorkflowNotFoundError } from '@temporalio/client';
import { type ArchivedRun, createArchiveActivities } from '../activities/archive.js';
import { createArchive } from '../adapters/archive/archive.js';
import { readArchivedMission } from '../adapters/archive/read.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createHistories } from '../adapters/temporal/histories.js';
import type { ArchiveManifest } from '../schemas/archive.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { loadConfig } from '../temporal.config.js';
import { useMissions } from './workflows/missions.js';
import { type AllActivities, changeTask, id, planOf, workItem } from './workflows/stubs.js';

// What Temporal forgets, the archive tells: real missions on a real server, archived, deleted there, and read again by
// the built command line.

const { installDir } = loadConfig();

describe('the archive', () => {
  const missions = useMissions();
  const state = mkdtempSync(join(tmpdir(), 'signalbox-archive-'));
  const directory = join(state, 'archive');
  const archive = createArchive(directory);
  const blobs = createBlobs(join(state, 'blobs'));
  const ended: string[] = [];
  const meter = { modelCall: () => undefined, missionEnded: ({ result }: { result: string }) => ended.push(result) };
  const { archiveRun } = createArchiveActivities({ histories: createHistories(getClient), archive, blobs, meter });
  afterAll(() => rmSync(state, { recursive: true, force: true }));

  /** Runs a mission with its archive to the end; `more` is input of the mission. */
  async function archived(
    item: string,
    activities: Partial<AllActivities> = {},
    more = {},
  ): Promise<ArchiveManifest[]> {
    return missions.working({ archiveRun, ...activities }, async () => {
      const handle = await missions.start(workItem(item), more);
      await handle.result();
      const { runId } = await handle.describe();
      await missions.client().workflow.getHandle(workflowId.archive(item, runId)).result();
      return [...(await archive.entries(item))];
    });
  }

  async function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { address } = (missions.client().connection as Connection).options;
    const child = spawn(process.execPath, [join(installDir, 'dist/cli/main.js'), ...args], {
      cwd: state,
      env: { PATH: process.env.PATH, HOME: state, TEMPORAL_ADDRESS: address, SIGNALBOX_STATE: state, ...env },
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { out, err, code, json: () => JSON.parse(out) };
  }

  /** As after the retention of a server: nothing of the mission is left there. */
  async function forget(entries: readonly ArchiveManifest[]): Promise<void> {
    const { workflowService, workflow } = missions.client();
    const gone = async (error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return true;
    };
    const forgetRun = async ({ workflowId: of, runId }: { readonly workflowId: string; readonly runId: string }) => {
      const workflowExecution = { workflowId: of, runId };
      await workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
      const handle = workflow.getHandle(of, runId);
      while (!(await handle.describe().then(() => false, gone))) await new Promise((done) => setTimeout(done, 25));
    };
    await Promise.all(entries.flatMap(({ histories }) => histories).map(forgetRun));
  }

  const chainOf = (change: string[]): Partial<AllActivities> => ({
    planMission: async ({ version }) => ({
      plan: planOf(
        version,
        change.map((name, index) => changeTask(name, change.slice(Math.max(0, index - 1), index))),
      ),
      hash: 'h',
    }),
  });

  describe('of a mission that continued as new', () => {
    let entries: ArchiveManifest[];
    let before: Awaited<ReturnType<typeof cli>>;
    let traced: Awaited<ReturnType<typeof cli>>;

    beforeAll(async () => {
      const message = await blobs.put('["what the model said"]', 'application/json');
      const conversation = await blobs.put(JSON.stringify({ messages: [message.sha256] }), 'application/json');
      const proof = await blobs.put('{"proved": true}', 'application/json');
      const markdown = await blobs.put('# Proof\n', 'text/markdown');
      entries = await archived(
        'A-1',
        {
          ...chainOf(['one', 'two', 'three']),
          repair: async ({ touches }) => ({
            ...{ status: 'plausible', commit: id(`c ${touches[0]}`), tree: id(`t ${touches[0]}`), candidate: 'c1' },
            ...{ summary: 'mended', confidence: 'high', index: 1, tried: 1, evidence: conversation },
          }),
          writeProof: async () => ({ json: proof, markdown }),
        },
        { historyLimit: 60 },
      );
      before = await missions.working({}, () => cli(['status', 'A-1', '--json']));
      traced = await cli(['trace', 'A-1', '--json']);
      await forget(entries);
    });

    it('has an entry per run, each naming the one before by its hash', () => {
      expect(entries.length).toBeGreaterThan(1);
      expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_entry, index) => index + 1));
      expect(entries[0]?.previous).toBeNull();
      for (const [index, entry] of entries.slice(1).entries()) {
        const manifest = readFileSync(join(directory, 'A-1', `000${index + 1}`, 'manifest.json'));
        expect(entry.previous).toBe(createHash('sha256').update(manifest).digest('hex'));
      }
      expect(new Set(entries.map(({ first }) => first)).size).toBe(1);
    });

    it('holds every history with its tasks, what their blobs name, and the names of the commits', async () => {
      const kept = entries.flatMap(({ histories }) => histories);
      expect(kept.filter(({ type }) => type === 'mission')).toHaveLength(entries.length);
      expect(kept.filter(({ type }) => type === 'task')).toHaveLength(5);
      expect(kept.some(({ type }) => type === 'archive')).toBe(false);
      expect(entries.flatMap(({ commits }) => commits)).toContain(id('merge'));
      const contents = entries
        .flatMap(({ files, seq }) => files.map(({ name }) => join(directory, 'A-1', `000${seq}`, name)))
        .filter((file) => file.includes('/blobs/'))
        .map((file) => readFileSync(file, 'utf8'));
      expect(contents).toEqual(expect.arrayContaining(['["what the model said"]', '{"proved": true}', '# Proof\n']));
    });

    it('tells the status that the mission told last', async () => {
      const { out, json } = await cli(['status', 'A-1', '--json']);
      expect(out).not.toBe('');
      expect(json()).toEqual({ ...before.json(), source: 'archive' });
      expect((await cli(['status', 'A-1'])).out).toContain('(from the archive)');
    });

    it('tells the same story as Temporal did', async () => {
      const { source, ...story } = (await cli(['trace', 'A-1', '--json'])).json();
      expect(source).toBe('archive');
      expect({ ...story, source: 'temporal' }).toEqual(traced.json());
      expect(story.runs).toBe(entries.length);
      const { out } = await cli(['trace', 'A-1', '--turns']);
      expect(out).toMatch(/^A-1 {2}Item A-1 {2}parcels {2}\(from the archive\)/);
      expect(out).toMatch(/task\/A-1\/three {2}passed/);
      expect(out).toContain('gate tests  pass: pass');
      expect(out).toContain('total  no model calls');
    });

    it('tells its plans', async () => {
      const plans = (await cli(['plan', 'A-1', '--json'])).json();
      expect(plans.map(({ version }: { version: number }) => version)).toEqual([1]);
    });

    it('gives the proof', async () => {
      expect((await cli(['proof', 'A-1', '--json'])).json()).toEqual({ proved: true });
      expect((await cli(['proof', 'A-1'])).out).toBe('# Proof\n');
    });

    it('can be compared with another mission, which Temporal still knows', async () => {
      await archived('A-2', chainOf(['one']));
      const { rows } = (await cli(['compare', 'A-1', 'A-2', '--json'])).json();
      const row = (what: string) => rows.find((one: { what: string }) => one.what === what);
      expect(row('outcome')).toEqual({ what: 'outcome', values: ['shipped', 'shipped'], differs: false });
      expect(row('tasks')).toMatchObject({
        differs: true,
        values: [expect.stringContaining('three'), expect.any(String)],
      });
      expect(row('task three').values).toEqual(['passed, 1 iteration', 'none']);
      expect((await cli(['compare', 'A-1', 'A-2'])).out).toMatch(/^≠ task three/m);
    });

    it('takes the same decisions again', async () => {
      const { out, code, json } = await cli(['replay', 'A-1', '--json']);
      expect({ out, code }).toMatchObject({ code: 0 });
      expect(json()).toMatchObject({ same: true, source: 'archive' });
      expect(json().runs).toHaveLength(entries.flatMap(({ histories }) => histories).length);
    });

    it('is read on another machine from the copied directory, without Temporal', async () => {
      const elsewhere = mkdtempSync(join(tmpdir(), 'signalbox-elsewhere-'));
      cpSync(directory, join(elsewhere, 'archive'), { recursive: true });
      const env = { SIGNALBOX_STATE: elsewhere, TEMPORAL_ADDRESS: '127.0.0.1:1' };
      expect((await cli(['status', 'A-1', '--json'], env)).json()).toMatchObject({ stage: 'done', source: 'archive' });
      expect((await cli(['replay', 'A-1'], env)).code).toBe(0);
      rmSync(elsewhere, { recursive: true });
    });

    it.each(['manifest.json', 'manifest.json.sha256', 'status.json', 'histories', 'blobs'])(
      'notices a flipped byte in %s and says where it is',
      async (part) => {
        const copy = mkdtempSync(join(tmpdir(), 'signalbox-flipped-'));
        cpSync(join(directory, 'A-1'), join(copy, 'A-1'), { recursive: true });
        const entry = join(copy, 'A-1', '0001');
        const file = part.includes('.')
          ? join(entry, part)
          : join(entry, part, readdirSync(join(entry, part))[0] ?? '');
        const bytes = readFileSync(file);
        const at = bytes.length >> 1;
        bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
        writeFileSync(file, bytes);
        await expect(readArchivedMission(copy, 'A-1')).rejects.toThrow(file.replace(/\.sha256$/, ''));
        rmSync(copy, { recursive: true });
      },
    );

    it('notices an entry that was taken out', async () => {
      const copy = mkdtempSync(join(tmpdir(), 'signalbox-gap-'));
      cpSync(join(directory, 'A-1'), join(copy, 'A-1'), { recursive: true });
      rmSync(join(copy, 'A-1', '0001'), { recursive: true });
      await expect(readArchivedMission(copy, 'A-1')).rejects.toThrow('has a gap');
      rmSync(copy, { recursive: true });
    });

    it('shows where the present code would decide otherwise', async () => {
      const other = mkdtempSync(join(tmpdir(), 'signalbox-planted-'));
      const planted = createArchive(join(other, 'archive'));
      for (const { version, seq, previous, createdAt, files, ...entry } of entries) {
        const read = async (name: string) => {
          const bytes = readFileSync(join(directory, 'A-1', `000${seq}`, name));
          if (!name.startsWith('histories/mission')) return bytes;
          const history = (await promisify(gunzip)(bytes)).toString().replaceAll('"planMission"', '"guessMission"');
          return promisify(gzip)(history);
        };
        await planted.append({ ...entry, files: new Map(files.map(({ name }) => [name, () => read(name)])) });
      }
      const { out, code } = await cli(['replay', 'A-1'], { SIGNALBOX_STATE: other });
      expect(code).toBe(1);
      expect(out).toMatch(/^mission\/A-1 .* differs: .*guessMission/m);
      expect(out).toMatch(/^task\/A-1\/one .* same decisions/m);
      rmSync(other, { recursive: true });
    });
  });

  it('keeps a run once, however often it is asked to', async () => {
    ended.length = 0;
    const [entry] = await archived('A-3');
    const again = await missions.working({ archiveRun }, () =>
      missions.client().workflow.execute<(run: unknown) => Promise<ArchivedRun>>('archive', {
        taskQueue: TASK_QUEUE,
        workflowId: 'archive/A-3/again',
        args: [{ item: 'A-3', workflowId: entry?.workflowId, runId: entry?.runId }],
      }),
    );
    expect(again.seq).toBe(1);
    expect(await archive.entries('A-3')).toHaveLength(1);
    expect(ended).toEqual(['shipped']);
  });

  it('keeps a run whose own archive failed before the one that follows it', async () => {
    let failed = false;
    const once: AllActivities['archiveRun'] = async (run) => {
      if (failed) return archiveRun(run);
      failed = true;
      throw ApplicationFailure.nonRetryable('the disk was full');
    };
    const entries = await archived(
      'A-4',
      { ...chainOf(['one', 'two', 'three']), archiveRun: once },
      { historyLimit: 60 },
    );
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_entry, index) => index + 1));
    expect(entries[0]?.runId).toBe(entries[0]?.first);
  });

  it('keeps two missions on one item in one chain and shows the newer', async () => {
    await archived('A-5', { planMission: async () => ({ cannotDo: 'no way', evidence: [] }) });
    const entries = await archived('A-5', {}, { attempt: 2 });
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2]);
    const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    expect((await cli(['status', 'A-5', '--json'], nowhere)).json().outcome.result).toBe('shipped');
  });

  it('waits for a run that goes on', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((done) => {
      release = done;
    });
    const reviewChange: AllActivities['reviewChange'] = async () => {
      await held;
      return [];
    };
    await missions.working({ archiveRun, reviewChange }, async () => {
      const mission = await missions.start(workItem('A-6'));
      const archiving = await missions.client().workflow.start('archive', {
        taskQueue: TASK_QUEUE,
        workflowId: 'archive/A-6/early',
        args: [{ item: 'A-6', workflowId: mission.workflowId, runId: mission.firstExecutionRunId }],
      });
      const failure = async () =>
        (await archiving.describe()).raw.pendingActivities?.[0]?.lastFailure?.message ?? undefined;
      while ((await failure()) === undefined) await new Promise((done) => setTimeout(done, 50));
      expect(await failure()).toContain('goes on');
      expect(await archive.entries('A-6')).toEqual([]);
      release();
      await mission.result();
      await archiving.result();
    });
    expect(await archive.entries('A-6')).toHaveLength(1);
  });

  it.each([['status'], ['plan'], ['proof'], ['trace'], ['replay'], ['compare']])(
    '%s says of a mission that nobody knows it',
    async (command) => {
      const { err, code } = await cli([command, 'A-99', ...(command === 'compare' ? ['A-98'] : [])]);
      expect(code).toBe(1);
      expect(err).toContain('there is no mission A-99: neither Temporal nor the archive knows it');
      expect((await cli([command, '../A-1', ...(command === 'compare' ? ['../A-1'] : [])])).err).toContain(
        'was refused',
      );
    },
  );
});
