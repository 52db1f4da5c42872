import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Duplex, Readable, Writable } from 'node:stream';
import { lost } from '../depot/git.js';
import type { Fixture } from './fixture.js';
import { type Holder, WORKSPACE_AT } from './holder.js';
import { covering, type Mount } from './site.js';

// One bubblewrap: a process tree of its own in namespaces of its own.

/** `marked`: the self-test's copy of `agent`, whose filter answers with a number of its own. */
export type Profile = 'agent' | 'setup' | 'marked';

export interface BubbleLimits {
  readonly memoryMiB: number;
  readonly processes: number;
  /** Largest file. */
  readonly fileMiB: number;
  /** Of each process. */
  readonly cpuSeconds: number;
}

export interface BubbleRequest {
  readonly fixture: Fixture;
  readonly holder: Holder;
  readonly profile: Profile;
  /** Tells the sandboxes of one workspace from all others, also after the worker died. */
  readonly label: string;
  readonly mounts: readonly Mount[];
  /** Undefined: the holder's overlay. */
  readonly workspace?: Mount['from'];
  readonly argv: readonly string[];
  /** As seen from inside. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: BubbleLimits;
  readonly stdin: boolean;
}

const STATUS_FD = 3;
const FILTER_FD = 4;
const GATE_FD = 5;
const MIB = 1024 * 1024;
/** Address space that a runtime maps and never touches. */
const DATA_SLACK_MIB = 256;
const OPEN_FILES = 8192;
const START_MS = 30_000;

/**
 * Process 1 of every sandbox: limits itself, and reaps what the command leaves behind. It begins when the worker has
 * answered. By then it would be killed with its parent; had the parent died before, the worker would have died before
 * that, and nobody would answer.
 */
const INIT = [
  `echo ready >&${GATE_FD}; read -r go <&${GATE_FD} || exit 125`,
  `exec ${GATE_FD}<&-`,
  'echo 1000 >/proc/self/oom_score_adj',
  'ulimit -c 0; ulimit -d "$1"; ulimit -f "$2"; ulimit -t "$3"; ulimit "$4" "$5"; ulimit -n "$6" 2>/dev/null',
  'cd -- "$7" || exit 126',
  'shift 7',
  '(exec "$@")',
  'exit $?',
].join('\n');

export class Bubble {
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Process 1 of the sandbox, as the host sees it. */
  readonly started: Promise<number>;
  /** The command's own exit code, from bubblewrap. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  #pid: number | undefined;
  #killed = false;
  #over = false;

  constructor(request: BubbleRequest) {
    const child = start(request);
    this.#child = child;
    const [stdin, stdout, stderr, status, , gate] = child.stdio as unknown as Stdio;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    for (const stream of [stdin, stdout, stderr, status, gate]) stream?.on('error', () => undefined);
    let exitCode: number | undefined;
    this.started = new Promise((resolve, reject) => {
      onLine(status, (line) => {
        const said = JSON.parse(line) as { 'child-pid'?: number; 'exit-code'?: number };
        exitCode = said['exit-code'] ?? exitCode;
        const pid = said['child-pid'];
        if (pid === undefined) return;
        this.#pid = pid;
        if (this.#killed) this.kill();
        resolve(pid);
      });
      gate.once('data', () => (this.#killed ? gate.destroy() : gate.write('go\n')));
      child.once('exit', () => reject(lost('the sandbox did not start')));
      child.once('error', (error) => reject(lost(`the sandbox did not start: ${error.message}`)));
    });
    this.started.catch(() => undefined);
    child.once('exit', () => {
      this.#over = true;
    });
    this.ended = once(child, 'close').then(() => {
      gate.destroy();
      if (exitCode === undefined && !this.#killed) throw lost('the sandbox ended without a status');
      return exitCode ?? 137;
    });
    this.ended.catch(() => undefined);
    const timer = setTimeout(() => this.#pid === undefined && child.kill('SIGKILL'), START_MS);
    child.once('exit', () => clearTimeout(timer));
  }

  get pid(): number | undefined {
    return this.#over ? undefined : this.#pid;
  }

  /**
   * Ends process 1, and with it every process of the sandbox, and bubblewrap. Not before process 1 is known: one that is
   * half made waits for its bubblewrap, for ever when only that is gone.
   */
  kill(): void {
    this.#killed = true;
    const { pid } = this;
    if (pid === undefined) return;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
    this.#child.kill('SIGKILL');
  }
}

type Stdio = readonly [Writable | null, Readable, Readable, Readable, null, Duplex];

/** Lighter than an interface for lines: every sandbox pays for it. */
function onLine(stream: Readable, use: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') use(line);
  });
}

function start(request: BubbleRequest): ChildProcess {
  const { fixture, holder, stdin } = request;
  const filter = openSync(fixture.filter(request.profile), 'r');
  const argv = [...holder.entering(), fixture.site.tool('bwrap'), ...bubblewrapArguments(request)];
  const options = { ...fixture.site.spawnOptions, cwd: '/' };
  const begin = (descriptors: readonly (number | 'pipe' | 'ignore')[]) =>
    spawn(fixture.site.tool('nsenter'), argv, {
      ...options,
      stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe', ...descriptors],
    });
  try {
    // In the order of STATUS_FD, FILTER_FD and GATE_FD.
    return covering(fixture.inherited, begin, ['pipe', filter, 'pipe']);
  } finally {
    closeSync(filter);
  }
}

function bubblewrapArguments(request: BubbleRequest): string[] {
  const { fixture, holder, limits, label } = request;
  const env = { ...fixture.environment, ...request.env };
  const workspace = request.workspace === undefined ? WORKSPACE_AT : holder.inside(request.workspace);
  const tmpBytes = String(Math.ceil(limits.memoryMiB / 2) * MIB);
  const mounts = [...fixture.mounts, ...request.mounts];
  const ownTmp = mounts.some(({ to }) => to === '/tmp');
  return [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--uid', '1000', '--gid', '1000'],
    ...['--hostname', label, '--new-session', '--die-with-parent', '--as-pid-1', '--cap-drop', 'ALL', '--clearenv'],
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...fixture.system,
    ...['--proc', '/proc', '--dev', '/dev', '--size', tmpBytes, '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...(ownTmp ? [] : ['--perms', '1777', '--size', tmpBytes, '--tmpfs', '/tmp']),
    ...['--bind', workspace, '/workspace'],
    ...mounts.flatMap(({ from, to, writable }) => [writable ? '--bind' : '--ro-bind', holder.inside(from), to]),
    ...['--remount-ro', '/', '--chdir', '/'],
    ...['--seccomp', String(FILTER_FD), '--json-status-fd', String(STATUS_FD), '--'],
    ...[fixture.shell, '-c', INIT, label],
    String((limits.memoryMiB + DATA_SLACK_MIB) * 1024),
    String(limits.fileMiB * 2048),
    String(limits.cpuSeconds),
    fixture.processLimitFlag,
    String(limits.processes),
    String(OPEN_FILES),
    request.cwd,
    ...request.argv,
  ];
}
