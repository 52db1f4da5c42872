import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApplicationFailure } from '@temporalio/common';
import { PERMANENT_FAILURES, type PermanentFailure, TRANSIENT_FAILURES } from '../../schemas/failures.js';

// Git on the host: only ever in bare repositories that nothing but the host writes.

const TIMEOUT_MS = 300_000;
const STDERR_BYTES = 64 * 1024;

export interface GitOptions {
  readonly path: string;
  /** Certificates to trust when the history is fetched over HTTPS. */
  readonly caFile?: string;
  /** What git needs in its environment to be let in at a URL. */
  readonly access?: (url: string) => Promise<Readonly<Record<string, string>>>;
}

export interface GitCall {
  readonly args: readonly string[];
  readonly input?: string | Readable;
  readonly env?: Readonly<Record<string, string>>;
  readonly maxBytes?: number;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const MAX_BYTES = 256 * 1024 * 1024;

/** Settings that no repository may change: nothing it names is ever started. */
const FIXED = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.filesRefLockTimeout', '5000'],
  ['core.packedRefsTimeout', '10000'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['submodule.recurse', 'false'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Runs git in a bare repository, without the configuration of a person or a machine. Never throws for an exit code. */
export function git(options: GitOptions, directory: string, call: GitCall): Promise<GitResult> {
  const env = {
    PATH: options.path,
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_DIR: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:https:http:ssh',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...(options.caFile !== undefined && { GIT_SSL_CAINFO: options.caFile }),
    ...call.env,
  };
  const child = spawn('git', [...FIXED, ...call.args], { env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  const stdout: Buffer[] = [];
  let bytes = 0;
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > (call.maxBytes ?? MAX_BYTES)) child.kill('SIGKILL');
    else stdout.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < STDERR_BYTES) stderr += chunk.toString();
  });
  // A git that has seen enough closes its input early: what it answers is what counts.
  child.stdin.on('error', () => undefined);
  if (typeof call.input === 'object') pipeline(call.input, child.stdin).catch(() => child.kill('SIGKILL'));
  else child.stdin.end(call.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(lost(`git did not start: ${error.message}; is it installed?`)));
    child.once('close', (code) => {
      clearTimeout(timer);
      if (bytes > (call.maxBytes ?? MAX_BYTES)) {
        reject(refused('BadInput', `git ${call.args[0]} in ${directory} answered with more than it may`));
      } else if (code === null) reject(lost(`git ${call.args[0]} in ${directory} did not end in time`));
      else resolve({ code, stdout: Buffer.concat(stdout), stderr: stderr.trim() });
    });
  });
}

/** A failure that no retry can mend. */
export function refused(type: PermanentFailure, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: PERMANENT_FAILURES[type], message, nonRetryable: true });
}

export function lost(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES.SandboxLost, message });
}

export function unavailable(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
}
