import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getClient } from '@temporalio/activity';
import { stringify } from 'yaml';
import { createArchiveActivities } from '../activities/archive.js';
import { createArchive } from '../adapters/archive/archive.js';
import { verifyArchive } from '../adapters/archive/verify.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createHistories } from '../adapters/temporal/histories.js';
import type { EncryptionSettings } from '../schemas/encryption.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { loadConfig } from '../temporal.config.js';
import { type StubbedServer, startStubbedServer } from './workflows/server.js';
import { changeTask, planOf, workItem } from './workflows/stubs.js';

// Two missions on two items, with encrypted payloads, archived; one continued as new. Then the server is gone.

const TITLE = 'Orkney parcels cost nothing';

describe('an archive of encrypted missions', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-sealed-'));
  const state = join(directory, 'state');
  const archive = join(state, 'archive');
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const key = (id: string) => {
    const file = join(directory, `${id}.key`);
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
    return { id, file };
  };
  const [k1, k2] = [key('k1'), key('k2')];

  beforeAll(async () => {
    const server = await startStubbedServer([], { encryption: { current: 'k1', keys: [k1] } });
    try {
      await archived(server, 'V-1', 60);
      await archived(server, 'V-2');
    } finally {
      await server.close();
    }
  });

  async function archived({ client, working }: StubbedServer, item: string, historyLimit?: number): Promise<void> {
    const blobs = createBlobs(join(state, 'blobs'));
    const message = await blobs.put('["what the model said"]', 'application/json');
    const evidence = await blobs.put(JSON.stringify({ messages: [message] }), 'application/json');
    const { archiveRun } = createArchiveActivities({
      ...{ histories: createHistories(getClient), archive: createArchive(archive), blobs },
      meter: { modelCall: () => undefined, missionEnded: () => undefined },
    });
    const plan = planOf(
      1,
      ['one', 'two', 'three'].map((name, at, all) => changeTask(name, all.slice(Math.max(0, at - 1), at))),
    );
    const planMission = async () => ({ plan, hash: 'h' });
    const writeProof = async () => ({ json: evidence, markdown: message });
    await working({ archiveRun, planMission, writeProof }, async () => {
      const mission = await client.workflow.start('mission', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item) },
        args: [{ item: { ...workItem(item), title: TITLE }, attempt: 1, ...(historyLimit && { historyLimit }) }],
      });
      await mission.result();
      const { runId } = await mission.describe();
      await client.workflow.getHandle(workflowId.archive(item, runId)).result();
    });
  }

  async function cli(args: readonly string[], encryption?: EncryptionSettings) {
    const config = join(directory, 'signalbox.config.yaml');
    writeFileSync(config, stringify(encryption ? { encryption } : {}));
    const child = spawn(process.execPath, [join(loadConfig().installDir, 'dist/cli/main.js'), ...args], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, TEMPORAL_ADDRESS: '127.0.0.1:1', SIGNALBOX_STATE: state },
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { out, err, code };
  }

  const files = () =>
    readdirSync(archive, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));

  it('holds histories as the server had them, encrypted, and what their blobs name', () => {
    const histories = files().filter((file) => file.includes('/histories/'));
    expect(histories.length).toBeGreaterThan(10);
    const contents = histories.map((file) => gunzipSync(readFileSync(file)).toString());
    const encrypted = Buffer.from('binary/encrypted').toString('base64');
    for (const content of contents) expect(content).toContain(encrypted);
    for (const title of [TITLE, Buffer.from(TITLE).toString('base64').slice(2, -4)]) {
      expect(contents.some((content) => content.includes(title))).toBe(false);
    }
    expect(files().filter((file) => file.includes('/V-1/') && file.includes('/blobs/')).length).toBe(2);
  });

  describe('with its keys', () => {
    const rotated: EncryptionSettings = { current: 'k2', keys: [k1, k2] };

    it('tells the story after the keys were rotated', async () => {
      const { out, code } = await cli(['trace', 'V-1', '--turns'], rotated);
      expect({ out, code }).toMatchObject({ code: 0 });
      expect(out).toMatch(/^V-1 {2}Orkney parcels cost nothing {2}parcels {2}\(from the archive\)/);
      expect(out).toMatch(/task\/V-1\/three {2}passed/);
      expect(out).toContain('gate tests  pass: pass');
    });

    it('replays', async () => {
      const { out, code } = await cli(['replay', 'V-1', '--json'], rotated);
      expect({ code, answer: JSON.parse(out) }).toMatchObject({ code: 0, answer: { same: true, source: 'archive' } });
    });

    it('says which key is missing when one is', async () => {
      const { err, code } = await cli(['trace', 'V-1'], { current: 'k2', keys: [k2] });
      expect(code).toBe(1);
      expect(err).toContain('encrypted with the key "k1", which this process does not have');
    });
  });

  describe('is verified without keys', () => {
    const copied = async (change: (copy: string) => void) => {
      const copy = mkdtempSync(join(directory, 'copy-'));
      cpSync(archive, copy, { recursive: true });
      change(copy);
      const found = await verifyArchive(copy);
      rmSync(copy, { recursive: true });
      return found.problems.map(({ where, what }) => `${where.slice(copy.length + 1)} ${what}`);
    };
    const within = (file: string) => file.slice(archive.length + 1);

    it('as whole', async () => {
      const { out, err, code } = await cli(['verify', archive]);
      expect({ code, err }).toMatchObject({
        code: 0,
        err: expect.stringContaining('everything is as it was archived'),
      });
      expect(out).toMatch(/^V-1 {2}\d+ entries {2}head [0-9a-f]{64}\nV-2 {2}1 entry {2}head/);
      expect(JSON.parse((await cli(['verify', join(archive, 'V-2'), '--json'])).out)).toMatchObject({ whole: true });
    });

    it('with every file flipped in one bit, in turn', async () => {
      const all = files();
      expect(all.length).toBeGreaterThan(20);
      for (const [index, file] of all.entries()) {
        const found = await copied((copy) => {
          const bytes = readFileSync(file);
          const at = (index * 7919) % bytes.length;
          bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (index % 8)), at);
          writeFileSync(join(copy, within(file)), bytes);
        });
        expect(found.join('\n')).toContain(within(file).replace(/\.sha256$/, ''));
      }
    });

    it('with every file removed, cut by a byte, made longer, or replaced by a link, in turn', async () => {
      for (const [index, file] of files().entries()) {
        const found = await copied((copy) => {
          const path = join(copy, within(file));
          if (index % 4 === 0) rmSync(path);
          else if (index % 4 === 1) truncateSync(path, readFileSync(path).length - 1);
          else if (index % 4 === 2) appendFileSync(path, '\n');
          else {
            rmSync(path);
            symlinkSync('/etc/passwd', path);
          }
        });
        expect(found.join('\n')).toContain(within(file).replace(/\.sha256$/, ''));
      }
    });

    it.each<[string, (copy: string) => void, string]>([
      ['an entry taken out', (copy) => rmSync(join(copy, 'V-1/0001'), { recursive: true }), 'one is missing'],
      [
        'two entries exchanged',
        (copy) => {
          renameSync(join(copy, 'V-1/0001'), join(copy, 'V-1/t'));
          renameSync(join(copy, 'V-1/0002'), join(copy, 'V-1/0001'));
          renameSync(join(copy, 'V-1/t'), join(copy, 'V-1/0002'));
        },
        'V-1/0001/manifest.json is entry 2, and stands as 0001',
      ],
      [
        "another item's entry at the end",
        (copy) => cpSync(join(copy, 'V-2/0001'), join(copy, 'V-2/0002'), { recursive: true }),
        'V-2/0002 run',
      ],
      [
        "another item's entry in its place",
        (copy) => {
          rmSync(join(copy, 'V-2/0001'), { recursive: true });
          cpSync(join(copy, 'V-1/0001'), join(copy, 'V-2/0001'), { recursive: true });
        },
        'V-2/0001/manifest.json belongs to V-1, not to V-2',
      ],
      [
        'a file more',
        (copy) => writeFileSync(join(copy, 'V-1/0001/histories/evil'), 'x'),
        'evil is not in the manifest',
      ],
      [
        'a file beside the entries',
        (copy) => writeFileSync(join(copy, 'V-1/note.txt'), 'x'),
        'V-1/note.txt does not belong',
      ],
      ['a file beside the items', (copy) => mkdirSync(join(copy, 'a b')), 'a b does not belong'],
    ])('with %s', async (_what, change, said) => {
      expect((await copied(change)).join('\n')).toContain(said);
    });

    it('and refuses what is no archive; the exit code tells', async () => {
      expect(await cli(['verify', join(directory, 'nowhere')])).toMatchObject({ code: 1, out: '' });
      const damagedCopy = join(directory, 'damaged');
      cpSync(archive, damagedCopy, { recursive: true });
      rmSync(join(damagedCopy, 'V-2/0001/status.json'));
      const { err, code } = await cli(['verify', damagedCopy]);
      expect({ err, code }).toMatchObject({ code: 1, err: expect.stringMatching(/✘ .*status\.json: is missing/) });
    });
  });
});
