import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDepot, type LocalDepot } from '../../adapters/depot/depot.js';
import { accessTo, createForges, type ForgeHosts, type Forges, type RepoAtForge } from '../../adapters/forge/forges.js';
import type { Change } from '../../schemas/change.js';
import { loadConfig } from '../../temporal.config.js';

// A forge with one repo, the depot of an installation that works on it, and the people who are there.

const { path } = loadConfig();

export interface Protection {
  /** Nobody pushes: only pull requests are merged. */
  readonly noPush?: boolean;
  readonly approvals?: number;
  readonly checks?: readonly string[];
  /** A branch must have its base in before it is merged. */
  readonly upToDate?: boolean;
}

/** What is done there by others than us, and what the forge itself says happened. */
export interface ForgeSide {
  /** Of us. */
  readonly host: ForgeHosts;
  /** The same forge, and a token that it does not know. */
  readonly strangerHost: ForgeHosts;
  readonly entry: RepoAtForge;
  /** The account that we write as. */
  readonly us: string;
  /** Somebody who may write. */
  readonly person: string;
  /** Somebody who may read, and so remark. */
  readonly outsider: string;
  /** Puts a file on a branch; returns the commit. */
  push(branch: string, files: Readonly<Record<string, string>>): Promise<string>;
  remark(number: number, body: string): Promise<void>;
  remarkOnLine(number: number, remark: { path: string; line: number; body: string; commit: string }): Promise<void>;
  review(number: number, verdict: 'approve' | 'request-changes', body: string): Promise<void>;
  addLabel(number: number, label: string): Promise<void>;
  closePull(number: number): Promise<void>;
  /** The person opens one; returns its number. */
  openPull(branch: string): Promise<number>;
  protect(branch: string, protection: Protection): Promise<void>;
  /** `name: state` of every check of a commit, the newest of each name, by the forge's own words. */
  checks(commit: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export class ForgeWorld {
  readonly depot: LocalDepot;
  readonly forges: Forges;
  readonly side: ForgeSide;
  readonly #directory: string;

  private constructor(side: ForgeSide, directory: string) {
    this.side = side;
    this.#directory = directory;
    const access = accessTo(side.host);
    this.depot = createDepot({ directory: join(directory, 'depots'), path, access });
    this.forges = createForges({
      ...{ repos: [side.entry], hosts: side.host, depotDirectory: this.depot.directory, path },
    });
  }

  static async over(side: ForgeSide): Promise<ForgeWorld> {
    return new ForgeWorld(side, await mkdtemp(join(tmpdir(), 'signalbox-forge-')));
  }

  get repo(): string {
    return this.side.entry.name;
  }

  get reads() {
    const reads = this.forges.pullRequests(this.repo);
    if (!reads) throw new Error(`${this.repo} has no pull requests`);
    return reads;
  }

  get writes() {
    const writes = this.forges.pullRequestWrites(this.repo);
    if (!writes) throw new Error(`${this.repo} has no pull requests`);
    return writes;
  }

  /** A change of files over the base as it is now, on its branch at the forge. */
  async change(branch: string, files: Readonly<Record<string, string>>): Promise<Change> {
    const base = await this.depot.fetch(this.forges.location(this.repo), 'main');
    const tree = await this.#tree(base.commit, files);
    const message = `Change ${Object.keys(files).join(', ')}`;
    const parents = [base.commit];
    const { commit: head } = await this.depot.commit({ repo: this.repo, tree, parents, message, time: 1_790_000_000 });
    await this.forges.refs.act({ repo: this.repo, branch, commit: head, expected: null }, watch());
    return { repo: this.repo, branch, baseBranch: 'main', baseCommit: base.commit, head, tree };
  }

  /** The merge commit that was validated. */
  async mergeCommit({ repo, tree, baseCommit, head, branch }: Change): Promise<string> {
    const message = `Merge ${branch}`;
    return (await this.depot.commit({ repo, tree, parents: [baseCommit, head], message, time: 1_790_000_100 })).commit;
  }

  async close(): Promise<void> {
    await this.side.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #tree(commit: string, files: Readonly<Record<string, string>>): Promise<string> {
    const cwd = this.depot.directory(this.repo);
    const index = join(await mkdtemp(join(this.#directory, 'index-')), 'index');
    const git = async (...args: string[]) =>
      (await promisify(execFile)('git', args, { cwd, env: { PATH: path, GIT_INDEX_FILE: index } })).stdout.trim();
    await git('read-tree', commit);
    for (const [name, content] of Object.entries(files)) {
      const hashing = promisify(execFile)('git', ['hash-object', '-w', '--stdin'], { cwd, env: { PATH: path } });
      hashing.child.stdin?.end(content);
      await git('update-index', '--add', '--cacheinfo', `100644,${(await hashing).stdout.trim()},${name}`);
    }
    const tree = await git('write-tree');
    await this.depot.anchor(this.repo, tree);
    return tree;
  }
}

/** Of a call that nobody cancels. */
export function watch(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}
