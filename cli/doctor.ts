import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { createStorage } from '../adapters/storage/storage.js';
import { checkKeys } from '../adapters/temporal/codec/data-converter.js';
import { OpenKeyFile } from '../adapters/temporal/codec/key-file.js';
import { readBuildId } from '../infra/build-id.js';
import { preflight } from '../infra/preflight.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { reach } from './connect.js';
import { readBuilds } from './deploy.js';
import { accountProbes } from './doctor-accounts.js';
import { modelProbes } from './doctor-models.js';
import { describeHalt, haltStatus } from './halt.js';
import { json, processOutput, safe } from './output.js';
import { partEntry } from './parts.js';
import { who } from './people.js';
import { peopleFindings } from './people-check.js';

// Looks at everything that Signalbox needs on this machine, and says how to mend what is missing.

const SELF_TEST_MS = 60_000;

/** One line of the worker's `--self-test`, and of the answer here. */
const Probe = z.object({
  probe: z.string(),
  ok: z.boolean(),
  detail: z.string().default(''),
  remedy: z.string().default(''),
});
type Probe = z.infer<typeof Probe>;

const PROGRAMS = [
  { program: 'git', args: ['--version'], remedy: 'apt-get install git' },
  { program: 'bwrap', args: ['--version'], remedy: 'apt-get install bubblewrap' },
  { program: 'rg', args: ['--version'], remedy: 'apt-get install ripgrep' },
  { program: 'python3', args: ['--version'], remedy: 'apt-get install python3' },
] as const;

export async function doctor(options: { readonly json: boolean }): Promise<number> {
  const config = loadConfig();
  const probes = (
    await Promise.all([
      ...PROGRAMS.map(program),
      configuration(config),
      people(config),
      accountProbes(config),
      modelProbes(config.models, new Date().toISOString().slice(0, 10)),
      temporal(config),
      halted(config),
      storage(config),
      encryption(config),
      sandbox(config),
    ])
  ).flat();
  const output = processOutput(config.color);
  if (options.json) output.data(json(probes));
  else for (const probe of probes) output.data(describeProbe(probe));
  return probes.every(({ ok }) => ok) ? 0 : 1;
}

function describeProbe({ probe, ok, detail, remedy }: Probe): string {
  const line = `${ok ? '✔' : '✘'} ${safe(probe)}${detail ? `: ${safe(detail)}` : ''}`;
  return ok || !remedy ? line : `${line}\n    ${safe(remedy)}`;
}

async function program({ program: name, args, remedy }: (typeof PROGRAMS)[number]): Promise<Probe> {
  try {
    const { stdout } = await promisify(execFile)(name, [...args]);
    return { probe: name, ok: true, detail: stdout.trim().split('\n')[0] ?? '', remedy: '' };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { probe: name, ok: false, detail: missing ? 'not installed' : 'does not run', remedy };
  }
}

async function configuration(config: Config): Promise<Probe[]> {
  const problems = [...preflight(config, 'gateway'), ...preflight(config, 'worker')];
  const unique = [...new Map(problems.map((problem) => [problem.problem, problem])).values()];
  if (unique.length === 0) {
    return [{ probe: 'configuration', ok: true, detail: config.file ?? 'built in', remedy: '' }];
  }
  return unique.map(({ problem, remedy }) => ({ probe: 'configuration', ok: false, detail: problem, remedy }));
}

/** Whoever may answer: without them nothing risky is ever merged. */
async function people(config: Config): Promise<Probe[]> {
  const findings = await peopleFindings(config);
  if (findings.length === 0) return [{ probe: 'people', ok: true, detail: await who(config), remedy: '' }];
  return findings.map(({ problem, remedy }) => ({ probe: 'people', ok: false, detail: problem, remedy }));
}

/** Nothing to ask where everything is in files of this machine. */
async function storage(config: Config): Promise<Probe[]> {
  if (config.storage.kind === 'files') return [];
  const { bucket, endpoint, region } = config.storage;
  try {
    await (await createStorage(config)).check();
    return [{ probe: 'storage', ok: true, detail: `${bucket} at ${endpoint ?? region}`, remedy: '' }];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{ probe: 'storage', ok: false, detail, remedy: 'see docs/cluster.md' }];
  }
}

async function temporal(config: Config): Promise<Probe[]> {
  const { address } = config.temporal;
  try {
    const { client, close } = await reach(config.temporal);
    try {
      return [{ probe: 'temporal', ok: true, detail: address, remedy: '' }, await builds(client, config)];
    } finally {
      await close();
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{ probe: 'temporal', ok: false, detail, remedy: 'signalbox dev' }];
  }
}

/** Off is no fault; a key that can't be had is. */
async function encryption({ temporal: { encryption: settings } }: Config): Promise<Probe> {
  const { current, keys } = settings;
  const others = keys.filter(({ id }) => id !== current).map(({ id }) => id);
  const old = others.length > 0 ? `, and can be read with ${others.join(', ')}` : '';
  const detail =
    current === undefined
      ? `off: Temporal's payloads are plain${old}; docs/encryption.md says how to switch it on`
      : `Temporal's payloads are encrypted with key ${current}${old}`;
  try {
    await checkKeys(settings);
    return { probe: 'encryption', ok: true, detail, remedy: '' };
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    const lost = 'bring the key back from where you keep its copy: docs/encryption.md';
    const remedy = cause instanceof OpenKeyFile ? cause.remedy : lost;
    return { probe: 'encryption', ok: false, detail: message, remedy };
  }
}

/** What waits for a build that is not there waits forever. */
async function builds(client: Client, { installDir }: Config): Promise<Probe> {
  const own = readBuildId(installDir);
  const remedy = 'signalbox deploy promote';
  const found = await readBuilds(client);
  const current = found.find(({ state }) => state === 'current');
  const orphan = found.find(({ state, workers }) => state === 'draining' && workers === 0);
  const probe = (ok: boolean, detail: string): Probe => ({ probe: 'build', ok, detail, remedy: ok ? '' : remedy });
  if (orphan) return probe(false, `${orphan.pinned} workflows wait for a worker of build ${orphan.build}`);
  if (!current) return probe(true, `${own}; no worker has come yet`);
  const other = found.find(({ build, workers }) => build === own && build !== current.build && workers > 0);
  if (other) return probe(false, `the workers of this installation (${own}) get no work: ${current.build} is current`);
  return probe(true, current.build === own ? own : `${own}; ${current.build} is current`);
}

/** The first thing to know when nothing moves. */
async function halted(config: Config): Promise<Probe[]> {
  const temporal = await reach(config.temporal).catch(() => undefined);
  if (!temporal) return [];
  try {
    const halt = await haltStatus(temporal.client);
    const detail = halt ? describeHalt(halt) : 'nothing is halted';
    return [{ probe: 'halt', ok: halt === undefined, detail, remedy: 'signalbox resume-all' }];
  } finally {
    await temporal.close();
  }
}

/** The sandbox tests itself in the worker's program, which is the one that will use it. */
async function sandbox({ installDir }: Config): Promise<Probe[]> {
  const entry = partEntry(installDir, 'worker');
  const failed = (detail: string): Probe => ({ probe: 'sandbox', ok: false, detail, remedy: 'npm run build' });
  if (!existsSync(entry)) return [failed(`there is no ${entry}`)];
  const child = spawn(process.execPath, [entry, '--self-test'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: SELF_TEST_MS,
  });
  const exit = once(child, 'exit');
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2000);
  });
  const probes: Probe[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed = Probe.safeParse(asJson(line));
    if (parsed.success) probes.push({ ...parsed.data, probe: `sandbox ${parsed.data.probe}` });
  }
  const [code] = await exit;
  if (probes.length > 0 && (code === 0 || probes.some(({ ok }) => !ok))) return probes;
  return [...probes, failed(`the self-test ended with code ${code}: ${errors.trim().split('\n').at(-1) ?? ''}`)];
}

function asJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
