import type { CommandResult, SandboxCommand, SandboxLimits } from '../../activities/ports.js';
import { MARKED_ERRNO } from './fixture.js';
import { type Probe, probe } from './machine.js';
import { type Call, getpid } from './probe-program.js';
import { ALLOCATE, CONNECT, FORK, LOOK_AROUND, readAnswer } from './probe-scripts.js';
import type { Architecture, EPERM } from './seccomp.js';

// What every kind of sandbox must hold, each with its positive control: a probe that can't see an open door proves nothing.

/** Runs a command in one kind of sandbox. */
export type Inside = (command: SandboxCommand) => Promise<CommandResult>;

export const PROBE_LIMITS: SandboxLimits = { memoryMiB: 128, processes: 32, diskMiB: 4, outputBytes: 256 * 1024 };

const TIMEOUT_MS = 20_000;
const ENVIRONMENT = new Set([
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'PYTHONDONTWRITEBYTECODE',
  'PWD',
  'OLDPWD',
  '_',
  'SHLVL',
]);
const NOTHING = '0000000000000000';
const NOT_A_BOUNDARY = 'this kernel or container does not isolate as it must: use another machine, and report this';

const script = (text: string, ...args: readonly string[]): SandboxCommand => ({
  command: ['/bin/sh', '-c', text, 'probe', ...args],
  timeoutMs: TIMEOUT_MS,
});

/** Identity, files, environment, process and mount isolation. */
export async function lookAround(
  kind: string,
  inside: Inside,
  canary: { path: string; text: string },
): Promise<Probe[]> {
  const result = await inside(script(LOOK_AROUND, canary.path));
  const answer = readAnswer(result.stdout);
  const all = (name: string) => answer.get(name) ?? [];
  const one = (name: string) => all(name)[0] ?? '';
  const none = (name: string) => all(name).filter(Boolean).join(', ');
  const judge = (name: string, ok: boolean, detail: string) =>
    probe(`sandbox (${kind}): ${name}`, ok, detail, NOT_A_BOUNDARY);
  if (all('end').length === 0) return [judge('runs', false, `exit code ${result.exitCode}: ${result.stderr.trim()}`)];
  const capabilities = ['CapPrm', 'CapEff', 'CapBnd'].map(one);
  const unknown = all('env').filter((name) => !ENVIRONMENT.has(name));
  const descriptors = all('fd').filter((target) => !/^(\/dev\/null|\/proc\/\d+\/fd)?$/.test(target));
  const unlimited = all('limit').filter((value) => !/^\d+$/.test(value));
  return [
    judge(
      'not root',
      one('uid') === '1000' && capabilities.every((set) => set === NOTHING),
      `uid ${one('uid')}, capabilities ${capabilities.join(' ')}`,
    ),
    judge(
      'no new privileges, filtered',
      one('NoNewPrivs') === '1' && one('Seccomp') === '2',
      `NoNewPrivs ${one('NoNewPrivs')}, Seccomp ${one('Seccomp')}`,
    ),
    judge(
      'no file of the host',
      all('canary').length === 4 && none('canary') === '',
      none('canary') || 'a canary outside is not there',
    ),
    judge(
      'writes only in the workspace',
      none('wrote') === '' && all('writable').join() === '/workspace,/tmp',
      none('wrote') ? `could write ${none('wrote')}` : `could write ${none('writable')} and nothing else`,
    ),
    judge(
      'empty environment',
      all('env').includes('PATH') && unknown.length === 0,
      unknown.join(', ') || 'only what was named',
    ),
    judge('no descriptor of the worker', descriptors.length === 0, descriptors.join(', ') || 'none'),
    judge(
      'own processes',
      Number(one('processes')) > 0 && Number(one('processes')) < 12,
      `${one('processes')} processes seen`,
    ),
    judge('own network', one('interfaces') === 'lo', `interfaces: ${one('interfaces')}`),
    judge('no user namespaces', all('userns').length === 0, none('userns') || 'none can be made'),
    judge(
      'limited',
      all('limit').length === 5 && unlimited.length === 0,
      `cpu, file, data, processes, core: ${all('limit').join(' ')}`,
    ),
  ];
}

/** `port` listens on the host, and the caller has made sure that the host itself can reach it. */
export async function network(kind: string, inside: Inside, port: number): Promise<Probe> {
  const result = await inside({ command: ['node', '-e', CONNECT, String(port)], timeoutMs: TIMEOUT_MS });
  const answer = readAnswer(result.stdout);
  const [loopback, host, address] = ['loopback', 'host', 'address'].map(
    (name) => answer.get(name)?.[0] ?? result.stderr.trim(),
  );
  const ok = loopback === 'open' && host === 'ECONNREFUSED' && address === 'ENETUNREACH';
  return probe(
    `sandbox (${kind}): no network`,
    ok,
    `own loopback ${loopback}, the host's ${host}, elsewhere ${address}`,
    NOT_A_BOUNDARY,
  );
}

/** Limits on memory, processes, size of files and time. */
export async function limits(kind: string, inside: Inside): Promise<Probe[]> {
  const { memoryMiB, processes, diskMiB } = PROBE_LIMITS;
  const judge = (name: string, ok: boolean, detail: string) =>
    probe(`sandbox (${kind}): ${name}`, ok, detail.trim(), NOT_A_BOUNDARY);
  const memory = await inside({ command: ['node', '-e', ALLOCATE, String(memoryMiB + 1024)], timeoutMs: TIMEOUT_MS });
  // In this order: what the first leaves behind may still count when the second begins.
  const few = await inside(script(FORK, '4'));
  const forked = await inside(script(FORK, String(processes + 8)));
  const large = await inside(
    // Other profiles are probed in the same workspace at the same time.
    script(
      `file=$(mktemp ./large.XXXXXX); head -c "$1" /dev/zero >$file; wc -c <$file; rm -f $file`,
      String((diskMiB + 1) * 1024 * 1024),
    ),
  );
  const begin = performance.now();
  const slow = await inside({ command: 'sleep 30', timeoutMs: 200 });
  const took = performance.now() - begin;
  return [
    judge(
      'memory limit',
      /small \d+\nlarge refused/.test(memory.stdout),
      memory.stdout.replaceAll('\n', ' ') || memory.stderr,
    ),
    judge(
      'process limit',
      few.stdout === 'forks 0\n' && /^forks [1-9]/.test(forked.stdout),
      `${few.stdout.trim()}, then ${forked.stdout || forked.stderr}`,
    ),
    judge(
      'file limit',
      // The limit on all files together, which is sampled, may come first.
      large.ended === 'disk' || Number(large.stdout) === diskMiB * 1024 * 1024,
      large.ended === 'disk' ? 'ended for its use of the disk' : `${large.stdout.trim()} bytes could be written`,
    ),
    judge(
      'time limit',
      slow.ended === 'timeout' && took < 5000,
      `${slow.ended ?? 'not ended'} after ${Math.round(took)} ms`,
    ),
  ];
}

export interface ProgramRun {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
}

/** Every call of the list must have been answered by the filter. `marked` is a run with the marked copy of it. */
export function systemCalls(
  kind: string,
  calls: readonly Call[],
  run: ProgramRun,
  errno: typeof EPERM | typeof MARKED_ERRNO,
): Probe {
  const name = `sandbox (${kind}): system calls${errno === MARKED_ERRNO ? ' are denied by the filter' : ''}`;
  // The last is the control, an allowed call.
  const expected = (calls.length + 1) * 8;
  if (run.exitCode !== 0 || run.stdout.length !== expected) {
    return probe(name, false, `the probe ended with ${run.exitCode} and ${run.stdout.length} bytes`, NOT_A_BOUNDARY);
  }
  const open = calls
    .filter((_, index) => run.stdout.readBigInt64LE(index * 8) !== BigInt(-errno))
    .map((call) => call.name);
  const control = run.stdout.readBigInt64LE(calls.length * 8) > 0n;
  const ok = open.length === 0 && control;
  return probe(
    name,
    ok,
    ok ? `${calls.length} denied` : `not denied: ${open.join(', ') || 'nothing; the allowed one was'}`,
    NOT_A_BOUNDARY,
  );
}

/** With the allowed call at the end as the control. */
export function withControl(architecture: Architecture, calls: readonly Call[]): Call[] {
  return [...calls, getpid(architecture)];
}
