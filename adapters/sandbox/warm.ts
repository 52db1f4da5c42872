import { randomBytes } from 'node:crypto';
import type { CommandResult, SandboxCommand, SandboxLimits, Shell } from '../../activities/ports.js';
import { lost, refused } from '../depot/git.js';
import { Bubble, type BubbleRequest } from './bubble.js';
import { MarkScanner } from './mark.js';
import { BoundedOutput, textSink } from './output.js';
import { type Ending, guard, shapeOf, statusOf } from './run.js';
import type { Watch } from './watchdog.js';

// The warm sandbox of a workspace: a shell that takes one command after the other, so that a command costs a fork and
// an exec. What runs in it could disturb it: what must be believed runs in a fresh sandbox.

export interface WarmRequest extends Pick<BubbleRequest, 'fixture' | 'holder' | 'label' | 'mounts'> {
  readonly limits: SandboxLimits;
  readonly watch: Watch;
}

/** A warm sandbox lives as long as its workspace. */
const CPU_SECONDS = 7 * 86_400;

export class WarmShell implements Shell {
  readonly #request: WarmRequest;
  #bubble: Bubble | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(request: WarmRequest) {
    this.#request = request;
  }

  /** Starts the sandbox now, so that the first command doesn't wait for it. */
  async start(): Promise<void> {
    await this.#running().started;
  }

  exec(command: SandboxCommand): Promise<CommandResult> {
    const next = this.#last.then(() => this.#run(command));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async close(): Promise<void> {
    this.#bubble?.kill();
    await this.#bubble?.ended.catch(() => undefined);
  }

  #running(): Bubble {
    if (this.#bubble) return this.#bubble;
    const { limits } = this.#request;
    const { memoryMiB, processes, diskMiB: fileMiB } = limits;
    const bubble = new Bubble({
      ...this.#request,
      profile: 'agent',
      argv: ['/bin/sh', '-s'],
      cwd: '/workspace',
      env: {},
      limits: { memoryMiB, processes, fileMiB, cpuSeconds: CPU_SECONDS },
      stdin: true,
    });
    this.#bubble = bubble;
    const forget = () => {
      if (this.#bubble === bubble) this.#bubble = undefined;
    };
    bubble.ended.then(forget, forget);
    return bubble;
  }

  async #run(command: SandboxCommand): Promise<CommandResult> {
    const begin = performance.now();
    const { outputBytes } = this.#request.limits;
    const nonce = randomBytes(16).toString('hex');
    const script = scriptFor(command, this.#request.limits, nonce);
    if (command.signal?.aborted) {
      return { exitCode: null, signal: null, ended: 'cancelled', stdout: '', stderr: '', dropped: 0, durationMs: 0 };
    }
    const bubble = this.#running();
    let ended: Ending | undefined;
    const release = guard(
      command,
      bubble,
      (why) => {
        ended ??= why;
        bubble.kill();
      },
      this.#request.watch,
    );
    const [stdout, stderr] = [new BoundedOutput(outputBytes), new BoundedOutput(outputBytes)];
    const onText = command.onStdout && textSink(command.onStdout);
    const out = new MarkScanner(nonce, (chunk) => {
      stdout.write(chunk);
      onText?.(chunk);
    });
    const err = new MarkScanner(nonce, (chunk) => stderr.write(chunk));
    try {
      const status = await converse(bubble, script, out, err);
      const code = status === undefined ? { exitCode: null, signal: 'SIGKILL' } : statusOf(status, undefined);
      return {
        ...(ended ? statusOf(0, ended) : code),
        stdout: stdout.text(),
        stderr: stderr.text(),
        dropped: stdout.dropped + stderr.dropped,
        durationMs: performance.now() - begin,
      };
    } catch (error) {
      throw lost(`${(error as Error).message}: ${stderr.text().trim()}`);
    } finally {
      release();
    }
  }
}

/** Sends a command and reads until both streams have said that it is over. Undefined: the sandbox ended first. */
async function converse(bubble: Bubble, script: string, out: MarkScanner, err: MarkScanner) {
  const onOut = (chunk: Buffer) => out.write(chunk);
  const onErr = (chunk: Buffer) => err.write(chunk);
  bubble.stdout.on('data', onOut);
  bubble.stderr.on('data', onErr);
  bubble.stdin?.write(script);
  try {
    const marked = Promise.all([out.mark, err.mark]).then(([status]) => Number(status));
    const over = bubble.ended.then(() => {
      out.flush();
      err.flush();
      return undefined;
    });
    return await Promise.race([marked, over]);
  } finally {
    bubble.stdout.off('data', onOut);
    bubble.stderr.off('data', onErr);
  }
}

/**
 * What the shell in the sandbox reads for one command. Whatever the command left running is ended before the mark, so
 * it can't write into the next one's output.
 */
function scriptFor(command: SandboxCommand, limits: SandboxLimits, nonce: string): string {
  const { argv, cwd, env, limits: own } = shapeOf(command, limits);
  const input = command.stdin === undefined ? '/dev/null' : `/tmp/.stdin-${nonce}`;
  const bytes = command.stdin === undefined ? '' : Buffer.from(command.stdin).toString('base64');
  return [
    ...(command.stdin === undefined ? [] : [`printf %s ${quote(bytes)} | base64 -d >${input}`]),
    '(',
    `cd -- ${quote(cwd)} || exit 126`,
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`),
    `ulimit -t ${own.cpuSeconds}`,
    `exec ${argv.map(quote).join(' ')}`,
    `) <${input}`,
    'status=$?',
    'kill -9 -1 2>/dev/null',
    ...(command.stdin === undefined ? [] : [`rm -f ${input}`]),
    `printf '\\036${nonce} %d\\n' $status; printf '\\036${nonce} 0\\n' >&2`,
    '',
  ].join('\n');
}

function quote(text: string): string {
  if (text.includes('\0')) throw refused('BadInput', 'a command holds no zero bytes');
  return `'${text.replaceAll("'", "'\\''")}'`;
}
