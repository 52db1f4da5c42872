import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createS3Server, S3_BUCKET, S3_CREDENTIALS, type S3Server } from '../../infra/cluster/s3-server.js';
import { type DevServer, startDevServer } from '../../infra/dev-server.js';
import { freePort } from '../../infra/ports.js';
import { loadConfig } from '../../temporal.config.js';
import { runMission } from '../cluster-missions.js';
import { type Stack, startStack } from '../stack.js';

const MINUTES = 60_000;
/** The S3 server is built when it is not in the cache. */
const BUILD = 20 * MINUTES;

describe('two sandbox hosts that share nothing but S3 and the forge', () => {
  let directory: string;
  let temporal: DevServer;
  let s3: S3Server;
  let stack: Stack;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signalbox-hosts-'));
    await chmod(directory, 0o755);
    const { cacheDir } = loadConfig();
    const port = await freePort();
    await mkdir(join(directory, 's3'));
    s3 = await createS3Server({ cacheDir, directory: join(directory, 's3'), port });
    await s3.part.start();
    temporal = await startDevServer({ stateDir: join(directory, 'temporal'), cacheDir, memory: true, quiet: true });
    const storage = { kind: 's3', bucket: S3_BUCKET, endpoint: s3.endpoint, pathStyle: true };
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = S3_CREDENTIALS;
    const cluster = { temporal, storage, env: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } };
    stack = await startStack({ directory, memory: true, cluster });
    await stack.startWorker('light', { roles: 'workflows,models', stateDir: join(directory, 'light') });
  }, BUILD);

  afterAll(async () => {
    await stack?.close();
    await temporal?.close();
    await s3?.part.stop();
    await rm(directory, { recursive: true, force: true });
  }, MINUTES);

  it(
    'end a mission with the same result when one is lost with its disk while tasks run',
    async () => {
      const stateOf = (host: string) => join(directory, host);
      const start = (host: string) => stack.startWorker(host, { roles: 'sandbox', stateDir: stateOf(host) });
      const first = await start('first');
      const undisturbed = await runMission(stack, 1);
      expect(undisturbed).toMatchObject({ result: 'shipped', effectsTwice: 0 });

      const disturbed = await runMission(stack, 2, {
        async atWork() {
          await first.kill();
          await rm(stateOf('first'), { recursive: true, force: true });
          await start('second');
        },
      });
      expect(disturbed).toMatchObject({ result: 'shipped', effectsTwice: 0, trees: undisturbed.trees });
    },
    15 * MINUTES,
  );
});
