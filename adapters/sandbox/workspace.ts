import { dirname } from 'node:path';
import type { CommandResult, OpenWorkspace, SandboxCommand, Shell, Workspace } from '../../activities/ports.js';
import { lost, refused } from '../depot/git.js';
import { type GitScene, TOOL_LIMITS } from './git-tools.js';
import { type RawResult, runCommand, runRaw, workspacePath } from './run.js';
import { takeSnapshot } from './snapshot.js';
import { WarmShell } from './warm.js';
import { createWatch } from './watchdog.js';

const FILE_MS = 60_000;
const ABSENT = 3;
const THROUGH_LINK = 4;

/** A path through a symbolic link could be anywhere, and is refused. `$1` file, `$2` its directory. */
const ENTER = `cd -P -- "$2" 2>/dev/null || exit ${ABSENT}; [ "$PWD" = "$2" ] || exit ${THROUGH_LINK}; `;
const READ = `${ENTER}[ -f "$1" ] && [ ! -L "$1" ] || exit ${ABSENT}; exec head -c "$3" -- "$1"`;
const WRITE = `mkdir -p -- "$2" && ${ENTER}{ [ ! -L "$1" ] || rm -f -- "$1"; } && exec cat >"$1"`;

export interface WorkspaceParts extends Pick<OpenWorkspace, 'limits'> {
  readonly scene: GitScene;
  readonly tree: string;
  readonly excluded: readonly string[];
}

export class SandboxWorkspace implements Workspace {
  readonly #parts: WorkspaceParts;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #warm: WarmShell | undefined;
  #base: string;
  #snapshots: Promise<unknown> = Promise.resolve();

  constructor(parts: WorkspaceParts) {
    this.#parts = parts;
    this.#base = parts.tree;
  }

  get id(): string {
    return this.#parts.scene.place.id;
  }

  exec(command: SandboxCommand): Promise<CommandResult> {
    return this.#track(runCommand({ ...this.#common(), limits: this.#parts.limits, command: this.#until(command) }));
  }

  async shell(): Promise<Shell> {
    this.#assertOpen();
    this.#warm ??= new WarmShell({ ...this.#common(), limits: this.#parts.limits });
    const warm = this.#warm;
    await warm.start();
    return { exec: (command) => this.#track(warm.exec(this.#until(command))) };
  }

  snapshot(): Promise<{ readonly tree: string }> {
    const { scene, excluded, limits } = this.#parts;
    const next = this.#snapshots.then(async () => {
      this.#assertOpen();
      const taken = await takeSnapshot({ scene, base: this.#base, excluded, maxMiB: limits.diskMiB });
      this.#base = taken.tree;
      return taken;
    });
    this.#snapshots = next.catch(() => undefined);
    return this.#track(next);
  }

  async readFile(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const result = await this.#file(path, READ, { args: [String(maxBytes + 1)], outputBytes: maxBytes + 1 });
    if (result.exitCode === ABSENT) return undefined;
    this.#check(result, path);
    const bytes = result.stdout.bytes();
    if (bytes.length > maxBytes) throw refused('SandboxRefused', `${path} is larger than ${maxBytes} bytes`);
    return bytes;
  }

  async writeFile(path: string, content: string | Buffer): Promise<void> {
    this.#check(await this.#file(path, WRITE, { stdin: content }), path);
  }

  async close(): Promise<void> {
    const { holder, place } = this.#parts.scene;
    this.#closing.abort();
    await this.#warm?.close();
    await Promise.allSettled(this.#running);
    await holder.close();
    await place.remove();
  }

  /** Runs inside, as everything that touches the files: the host follows no link that a command has made. */
  #file(
    path: string,
    script: string,
    options: { readonly args?: readonly string[]; readonly outputBytes?: number; readonly stdin?: string | Buffer },
  ): Promise<RawResult> {
    const file = workspacePath(path);
    const command = ['/bin/sh', '-c', script, 'file', file, dirname(file), ...(options.args ?? [])];
    const limits = { ...TOOL_LIMITS, ...(options.outputBytes && { outputBytes: options.outputBytes }) };
    const { stdin } = options;
    const whole = this.#until({ command, timeoutMs: FILE_MS, ...(stdin !== undefined && { stdin }) });
    return this.#track(runRaw({ ...this.#common(), limits, command: whole }));
  }

  #check({ exitCode, stderr }: RawResult, path: string): void {
    if (exitCode === 0) return;
    if (exitCode === THROUGH_LINK) throw refused('SandboxRefused', `${path} goes through a symbolic link`);
    throw lost(`${path} can't be used (${exitCode}): ${stderr.text().trim()}`);
  }

  #common() {
    const { scene, limits } = this.#parts;
    const { fixture, holder, place } = scene;
    const watch = createWatch(holder, [place.path('upper'), place.path('work')], limits);
    return { fixture, holder, profile: 'agent', label: place.id, mounts: [], watch } as const;
  }

  #until(command: SandboxCommand): SandboxCommand {
    this.#assertOpen();
    const signals = [this.#closing.signal, ...(command.signal ? [command.signal] : [])];
    return { ...command, signal: AbortSignal.any(signals) };
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw lost(`workspace ${this.id} is closed`);
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#running.add(settled);
    settled.then(() => this.#running.delete(settled));
    return work;
  }
}
