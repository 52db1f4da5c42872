import { existsSync } from 'node:fs';
import { mkdir, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotDepot } from '../depot/depot.js';
import { lost } from '../depot/git.js';
import type { Fixture } from './fixture.js';
import { runGit } from './git-tools.js';
import { Holder } from './holder.js';
import { BOOT } from './labels.js';
import { Place } from './place.js';
import { SANDBOX_DIR } from './site.js';

// Shared checkouts: the files of a tree, once per host, that every workspace of it has below its own layer.

/** Of one boot: what a power cut tore never becomes the ground of a workspace. */
export const CHECKOUTS = join('checkouts', BOOT);

/** By so much the file system's clock may be behind. */
const CLOCK_MS = 20;

/**
 * Times are set back, so that git can tell a file that was written later from its time alone and need not read
 * everything again for each snapshot.
 */
const SCRIPT = `git read-tree "$1"
git checkout-index --all --quiet
find . -depth -exec touch -h -d '10 seconds ago' {} +
git update-index -q --refresh || exit 4
`;

export class Checkouts {
  readonly #fixture: Fixture;
  readonly #depot: SnapshotDepot;
  readonly #pending = new Map<string, Promise<void>>();

  constructor(fixture: Fixture, depot: SnapshotDepot) {
    this.#fixture = fixture;
    this.#depot = depot;
  }

  directory(tree: string): string {
    return join(this.#fixture.site.directory, CHECKOUTS, tree);
  }

  /** From the state directory, as overlays are told. */
  relativeFiles(tree: string): string {
    return join(SANDBOX_DIR, CHECKOUTS, tree, 'files');
  }

  has(tree: string): boolean {
    return existsSync(this.directory(tree));
  }

  /**
   * Made within this second: git compares times by the second, so what is written into a workspace now could pass for
   * what was checked out. Then git must read the files.
   */
  async isBrandNew(tree: string): Promise<boolean> {
    const second = (ms: number) => Math.floor(ms / 1000);
    const { ctimeMs } = await stat(join(this.directory(tree), 'index'));
    return second(Date.now() - CLOCK_MS) <= second(ctimeMs);
  }

  /** Returns when the files of the tree are there. Callers at the same time share the work. */
  async ensure(repo: string, tree: string): Promise<void> {
    if (this.has(tree)) {
      // Says when it was last of use.
      await utimes(this.directory(tree), new Date(), new Date());
      return;
    }
    const pending = this.#pending.get(tree) ?? this.#make(repo, tree).finally(() => this.#pending.delete(tree));
    this.#pending.set(tree, pending);
    await pending;
  }

  async #make(repo: string, tree: string): Promise<void> {
    const { site } = this.#fixture;
    await this.#depot.bring(repo, tree);
    const place = await Place.claim(site);
    let holder: Holder | undefined;
    try {
      holder = await Holder.open({ ...this.#fixture, label: place.id });
      const scene = { fixture: this.#fixture, holder, place, depot: this.#depot, repo, workspace: place.path('upper') };
      const made = await runGit(scene, SCRIPT, tree);
      if (made.exitCode !== 0) throw lost(`tree ${tree} of ${repo} can't be checked out: ${made.stderr.text()}`);
      const final = this.directory(tree);
      const partial = join(place.directory, 'checkout');
      await mkdir(partial);
      await rename(place.path('upper'), join(partial, 'files'));
      await rename(join(place.path('git'), 'index'), join(partial, 'index'));
      await mkdir(join(final, '..'), { recursive: true });
      await rename(partial, final).catch((error: Error) => {
        // Another worker may have been faster.
        if (!existsSync(final)) throw error;
      });
    } finally {
      await holder?.close();
      await place.remove();
    }
  }
}
