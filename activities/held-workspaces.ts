import type { Workspace } from './ports.js';

/** As long as a model may think between two turns, and a little more. */
const IDLE_MS = 5 * 60_000;
/** Each is a mount and a few idle processes, and what its session has written. */
const MOST = 8;

interface Held {
  readonly workspace: Workspace;
  readonly tree: string;
  readonly idle: NodeJS.Timeout;
}

/**
 * Workspaces of sessions between two batches of tools, on this host only, so that what git ignores (build output,
 * caches) lasts from turn to turn. Never needed: whoever finds none opens a fresh one at the same tree. A batch takes
 * the workspace out, so that a second attempt never sees what the first one left half done.
 */
export class HeldWorkspaces {
  readonly #most: number;
  readonly #idleMs: number;
  /** By session; the one that waits longest first. */
  readonly #held = new Map<string, Held>();
  readonly #closing = new Set<Promise<void>>();
  #over = false;

  constructor({ most = MOST, idleMs = IDLE_MS }: { readonly most?: number; readonly idleMs?: number } = {}) {
    this.#most = most;
    this.#idleMs = idleMs;
  }

  /** The session's workspace, if it is at this tree. It is the caller's from now on. */
  take(session: string, tree: string): Workspace | undefined {
    const held = this.#remove(session);
    if (held === undefined || held.tree === tree) return held?.workspace;
    // Another host, or another attempt, went on without it.
    this.#close(held.workspace);
    return undefined;
  }

  put(session: string, tree: string, workspace: Workspace): void {
    const before = this.#remove(session);
    if (before) this.#close(before.workspace);
    if (this.#over) {
      this.#close(workspace);
      return;
    }
    const idle = setTimeout(() => this.close(session), this.#idleMs).unref();
    this.#held.set(session, { workspace, tree, idle });
    const [oldest] = this.#held.keys();
    if (this.#held.size > this.#most && oldest !== undefined) this.close(oldest);
  }

  /** At the end of a session. Returns when its workspace is gone; there may be none. */
  async close(session: string): Promise<void> {
    const held = this.#remove(session);
    if (held) await this.#close(held.workspace);
  }

  /** When the worker ends: closes all of them, and from now on whatever is put back. */
  async closeAll(): Promise<void> {
    this.#over = true;
    for (const session of [...this.#held.keys()]) this.close(session);
    await Promise.all(this.#closing);
  }

  #remove(session: string): Held | undefined {
    const held = this.#held.get(session);
    clearTimeout(held?.idle);
    this.#held.delete(session);
    return held;
  }

  /** What can't be removed now, the next start of a worker removes. */
  #close(workspace: Workspace): Promise<void> {
    const closed = workspace
      .close()
      .catch(() => undefined)
      .finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
    return closed;
  }
}
