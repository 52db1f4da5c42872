import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxLimits, Workspace } from '../activities/ports.js';
import { createSandboxHost, type SandboxHostOptions } from '../adapters/sandbox/host.js';
import { within } from '../adapters/storage/object-store.js';
import { createS3Store } from '../adapters/storage/s3.js';
import { createS3Server, S3_BUCKET, S3_CREDENTIALS } from '../infra/cluster/s3-server.js';
import { freePort } from '../infra/ports.js';
import type { Bench, BenchContext } from './context.js';
import { inTurns, timed } from './measure.js';
import { type Row, ratioRow } from './row.js';

const FILES = 2_000;
const FILE_BYTES = 10_000;
const LIMITS: SandboxLimits = { memoryMiB: 1024, processes: 256, diskMiB: 1024, outputBytes: 64 * 1024 };

/** What it costs that other machines can go on from a snapshot. */
export const sharedDepot: Bench = {
  name: 'shared-depot',
  async run(context) {
    const directory = join(context.directory, 'shared-depot');
    mkdirSync(directory, { recursive: true });
    chmodSync(context.directory, 0o755);
    const port = await freePort();
    const s3 = await createS3Server({ cacheDir: context.cacheDir, directory, port });
    await s3.part.start();
    try {
      return await measure(context, directory, s3.endpoint);
    } finally {
      await s3.part.stop();
    }
  },
};

async function measure({ installDir, path, quick }: BenchContext, directory: string, endpoint: string): Promise<Row[]> {
  const url = repository(join(directory, 'repository'));
  const location = { name: 'app', url, defaultBranch: 'main' };
  const settings = {
    kind: 's3',
    bucket: S3_BUCKET,
    prefix: '',
    region: 'us-east-1',
    endpoint,
    pathStyle: true,
  } as const;
  const store = within(createS3Store({ ...settings, credentials: S3_CREDENTIALS }), 'depots/');
  const host = (name: string, more: Pick<SandboxHostOptions, 'shared'> = {}) =>
    createSandboxHost({ stateDir: join(directory, name), installDir, path, ...more });
  const shared = { store, location: () => location };
  const [alone, sharing] = [host('alone'), host('sharing', { shared })];
  const opened = await Promise.all(
    [alone, sharing].map(async ({ depot, workspaces }) => {
      const { tree } = await depot.fetch(location, 'main');
      return workspaces.open({ repo: 'app', tree, layers: [], limits: LIMITS });
    }),
  );
  const [onThisHost, inStore] = opened;
  if (!onThisHost || !inStore) throw new Error('a workspace was not opened');
  let last = '';
  const snapshot = async (workspace: Workspace, n: number) => {
    await workspace.writeFile(`module-${n % 40}/file-${n}.txt`, randomBytes(FILE_BYTES / 2).toString('hex'));
    return timed(async () => {
      last = (await workspace.snapshot()).tree;
    });
  };
  const kept = await inTurns({
    repetitions: quick ? 3 : 40,
    warmUps: 3,
    ours: (n) => snapshot(inStore, n),
    baseline: (n) => snapshot(onThisHost, n),
  });
  await snapshot(inStore, 0);
  const elsewhere = await inTurns({
    repetitions: quick ? 1 : 5,
    warmUps: 0,
    ours: (n) => timed(() => host(`elsewhere-${n}`, { shared }).depot.bring('app', last)),
    baseline: (n) => timed(() => host(`fetched-${n}`).depot.fetch(location, 'main')),
  });
  await Promise.all(opened.map((workspace) => workspace.close()));
  return [
    ratioRow({
      name: `snapshot of one changed file in ${FILES}: kept in S3 too / on this host only`,
      unit: 'ms',
      ...kept,
    }),
    ratioRow({
      name: 'a host that has nothing: the last of 44 snapshots / the upstream alone',
      unit: 'ms',
      ...elsewhere,
    }),
  ];
}

function repository(directory: string): string {
  for (let n = 0; n < FILES; n++) {
    const folder = join(directory, `module-${n % 40}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${n}.txt`), randomBytes(FILE_BYTES / 2).toString('hex'));
  }
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: directory, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '--quiet', '--message=files');
  return directory;
}
