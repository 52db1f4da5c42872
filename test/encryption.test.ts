import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/client';
import { createPayloadCodec } from '../adapters/temporal/codec/data-converter.js';
import { readableTree } from '../adapters/temporal/codec/readable.js';
import { createHistories } from '../adapters/temporal/histories.js';
import type { EncryptionSettings } from '../schemas/encryption.js';
import { attributesOf } from '../schemas/history.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { steerMission } from '../workflows/messages.js';
import { type StubbedServer, startStubbedServer } from './workflows/server.js';
import { type AllActivities, operator, workItem } from './workflows/stubs.js';

// Missions whose payloads are encrypted, on a real server whose database is searched as bytes.

const TICKET = 'Orkney parcels cost nothing';
const FAILED = 'the Lerwick depot did not answer';
const SUMMARY = 'mended the Shetland table';
const REASON = 'wait for the Faroe ferry';
const SECRETS = [TICKET, FAILED, SUMMARY, REASON];

describe('missions with encrypted payloads', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-encryption-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const key = (id: string) => {
    const file = join(directory, `${id}.key`);
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
    return { id, file };
  };
  const [k1, k2] = [key('k1'), key('k2')];
  const encryption: EncryptionSettings = { current: 'k1', keys: [k1] };

  const item = (id: string) => ({ ...workItem(id), title: TICKET });

  function start({ client }: StubbedServer, id: string) {
    const workflow = workflowId.mission(id);
    return client.workflow.start('mission', {
      ...{ taskQueue: TASK_QUEUE, workflowId: workflow, staticSummary: TICKET },
      args: [{ item: item(id), attempt: 1 }],
    });
  }

  /** Tells a secret in a result, and one in a failure that is tried again. */
  function telling(): Partial<AllActivities> {
    let failed = false;
    return {
      repair: async () => {
        if (!failed) {
          failed = true;
          throw ApplicationFailure.retryable(FAILED);
        }
        return {
          ...{ status: 'plausible', commit: 'c'.repeat(40), tree: 'd'.repeat(40), candidate: 'c1', summary: SUMMARY },
          ...{
            confidence: 'high',
            index: 1,
            tried: 1,
            evidence: { sha256: 'e'.repeat(64), bytes: 1, mediaType: 'a/b' },
          },
        };
      },
    };
  }

  async function told(name: string, settings?: EncryptionSettings): Promise<readonly string[]> {
    const database = join(directory, name);
    const server = await startStubbedServer([], { database, ...(settings && { encryption: settings }) });
    await server.working(telling(), async () => {
      const mission = await start(server, 'E-1');
      const order = { by: operator, text: REASON };
      await mission.executeUpdate(steerMission, { args: [order] });
      await mission.result();
    });
    await server.close();
    const files = readdirSync(database).filter((file) => file.startsWith('temporal.db'));
    const bytes = files.map((file) => readFileSync(join(database, file)));
    return SECRETS.filter((secret) => bytes.some((one) => one.includes(secret)));
  }

  it('leave nothing of what was said in the bytes of the database', async () => {
    expect(await told('plain')).toEqual(SECRETS);
    expect(await told('encrypted', encryption)).toEqual([]);
  });

  describe('on one server', () => {
    let server: StubbedServer;
    beforeAll(async () => {
      server = await startStubbedServer([], { encryption });
    });
    afterAll(() => server?.close());

    it('stand still while a worker lacks the key, say which, and go on when it is back', async () => {
      const mission = await start(server, 'E-2');
      const without: EncryptionSettings = { current: 'k2', keys: [k2] };
      const codec = createPayloadCodec({ keys: [k1, k2] });
      const failure = async () => {
        const tree = await createHistories(() => server.client).tree(mission.workflowId);
        const { root } = tree ? await readableTree(tree, codec) : { root: undefined };
        const event = root?.history.events.find(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_FAILED');
        return event && (attributesOf(event).failure as { readonly message: string }).message;
      };
      await server.working(
        {},
        async () => {
          while (!(await failure())) await new Promise((done) => setTimeout(done, 50));
        },
        { encryption: without },
      );
      expect((await mission.describe()).status.name).toBe('RUNNING');
      expect(await failure()).toMatch(/encrypted with the key "k1", which this process does not have: add it/);
      await server.working({}, () => mission.result());
      expect((await mission.describe()).status.name).toBe('COMPLETED');
    });
  });
});
