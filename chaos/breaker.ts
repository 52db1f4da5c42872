import { setTimeout as sleep } from 'node:timers/promises';
import type { Install } from './install.js';
import type { FaultDone } from './observations.js';
import type { PlannedFault, PlannedKill } from './plan.js';
import type { ChaosServer } from './server.js';

export interface BreakerOptions {
  readonly install: Install;
  readonly server: ChaosServer;
  readonly faults: readonly PlannedFault[];
  readonly signal: AbortSignal;
  readonly say: (what: string) => void;
}

type Done = { -readonly [Key in keyof FaultDone]: FaultDone[Key] };

/** Does what the plan says, when the run has come so far; what was killed is started again after its time. */
export class Breaker {
  readonly done: Done[] = [];
  readonly #options: BreakerOptions;
  readonly #waiting: PlannedFault[];
  /** What is being started again, by its name. */
  readonly #mending = new Map<string, Promise<void>>();
  #failed: unknown;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#waiting = [...options.faults];
  }

  left(): number {
    return this.#waiting.length;
  }

  down(): readonly string[] {
    return [...this.#mending.keys()];
  }

  /** Does every fault whose time has come. Throws when something could not be started again. */
  async reached(share: number): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    for (let next = this.#waiting[0]; next && next.at <= share; next = this.#waiting[0]) {
      this.#waiting.shift();
      await this.#break(next);
    }
  }

  /** Resolves when all that was killed serves again. */
  async mended(): Promise<void> {
    await Promise.all(this.#mending.values());
    if (this.#failed !== undefined) throw this.#failed;
  }

  async #break(planned: PlannedFault): Promise<void> {
    const { install, say } = this.#options;
    if ('vendor' in planned) {
      install.proxies[planned.vendor].spoilNext(planned);
      this.done.push({ planned, at: Date.now() });
      return;
    }
    const part = this.#partOf(planned);
    await this.#mending.get(part.name);
    say(`${part.name} is killed`);
    const done: Done = { planned, at: Date.now() };
    this.done.push(done);
    await part.kill();
    const mending = this.#mend(part, planned, done)
      .catch((error: unknown) => {
        this.#failed = error;
      })
      .finally(() => this.#mending.delete(part.name));
    this.#mending.set(part.name, mending);
  }

  async #mend(part: Killable, { downMs }: PlannedKill, done: Done): Promise<void> {
    const { signal, say } = this.#options;
    await sleep(downMs);
    if (signal.aborted) return;
    await part.start();
    done.backAt = Date.now();
    say(`${part.name} is back`);
  }

  #partOf({ fault, target }: PlannedKill): Killable {
    const { install, server } = this.#options;
    if (fault === 'server') return { name: 'server', kill: server.kill, start: server.start };
    const part = fault === 'gateway' ? install.gateway : install.workers[target];
    if (!part) throw new Error(`there is no worker ${target}`);
    return part;
  }
}

interface Killable {
  readonly name: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}
