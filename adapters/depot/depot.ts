import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import type { CommitTree, Depot, RepoLocation } from '../../activities/ports.js';
import type { ConflictDepot } from '../../activities/ports-conflicts.js';
import { conflictsIn } from './conflicts.js';
import { parseChanges, parseRaw, type RawChange } from './diff.js';
import { type GitCall, type GitOptions, git, lost, refused, unavailable } from './git.js';
import { failure, object } from './objects.js';
import { restrict } from './restrict.js';

export interface DepotOptions extends GitOptions {
  readonly directory: string;
}

/** What workspaces need besides the port. */
export interface SnapshotDepot extends Depot, ConflictDepot {
  /** Checks the objects of a pack and keeps them. Refuses what is malformed, incomplete or too large. */
  unpack(repo: string, pack: Readable, maxBytes: number): Promise<void>;
  /** Keeps a tree or commit from garbage collection. Throws when it is not there. `base`: what it was made from. */
  anchor(repo: string, id: string, base?: string): Promise<void>;
  /** Makes sure that git finds these on this machine, where another may have made them. */
  bring(repo: string, ...ids: readonly string[]): Promise<void>;
  has(repo: string, object: string): Promise<boolean>;
  /** Those of the objects that are not there. */
  missing(repo: string, objects: readonly string[]): Promise<readonly string[]>;
  changes(repo: string, from: string, to: string): Promise<readonly RawChange[]>;
  /** Id of the blob at a path; undefined when there is no regular file. */
  blobAt(repo: string, tree: string, path: string): Promise<string | undefined>;
}

/** The depot of one machine, with what it takes to share it. */
export interface LocalDepot extends SnapshotDepot {
  /** A pack of what belongs to a tree or commit and not to the others; empty when that is nothing. */
  pack(repo: string, id: string, without: readonly string[]): Promise<Buffer>;
  /** A commit that the upstream still has on some branch. Kept from garbage collection. */
  fetchCommit(location: RepoLocation, commit: string): Promise<void>;
}

const AUTHOR = { name: 'Signalbox', email: 'signalbox@localhost' };
const DIFF = ['diff-tree', '-r', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color'];
const FETCH = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--'];
const REF_ATTEMPTS = 5;
/** Of their number in the head of a pack. */
const OBJECTS_AT = 8;

/** Paths of all trees whose lists are kept: some ten megabytes. */
const LISTED_PATHS = 200_000;

/** Path -> the id of its blob, undefined for what is no regular file. */
type Listing = ReadonlyMap<string, string | undefined>;
interface Listed {
  readonly repo: string;
  readonly tree: string;
}

export function createDepot(options: DepotOptions): LocalDepot {
  const pending = new Map<string, Promise<unknown>>();

  const directory = (repo: string) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(repo)) {
      throw refused('BadInput', `expected a repo name of letters, digits, dots and dashes: ${repo}`);
    }
    return join(options.directory, `${repo}.git`);
  };
  const call = (repo: string, request: GitCall) => git(options, directory(repo), request);
  const fetch = async (repo: string, url: string, refspec: string) =>
    call(repo, { args: [...FETCH, url, refspec], env: (await options.access?.(url)) ?? {} });
  const must = async (repo: string, request: GitCall): Promise<Buffer> => {
    const result = await call(repo, request);
    if (result.code === 0) return result.stdout;
    throw failure(result, request, repo);
  };
  const text = async (repo: string, ...args: readonly string[]) => (await must(repo, { args })).toString().trim();
  const treeOf = async (repo: string, id: string) => text(repo, 'rev-parse', '--verify', `${object(id)}^{tree}`);
  const setRef = (repo: string, ref: string, id: string) => text(repo, 'update-ref', ref, id);

  /** One after the other per repo: two fetches of a branch would fight over its ref. */
  function serially<Result>(repo: string, work: () => Promise<Result>): Promise<Result> {
    const next = (pending.get(repo) ?? Promise.resolve()).then(work, work);
    pending.set(
      repo,
      next.catch(() => undefined),
    );
    return next;
  }

  async function create(repo: string): Promise<void> {
    const final = directory(repo);
    if (existsSync(join(final, 'HEAD'))) return;
    await mkdir(options.directory, { recursive: true });
    const partial = join(options.directory, `.${repo}.${randomUUID()}`);
    // Readable by the sandbox's identity, which checks files out of it.
    const made = await git(options, partial, { args: ['init', '--quiet', '--bare', '--template=', '--shared=0644'] });
    if (made.code !== 0) throw lost(`the depot of ${repo} can't be made at ${final}: ${made.stderr}`);
    await rename(partial, final).catch(() => rm(partial, { recursive: true, force: true }));
    if (!existsSync(join(final, 'HEAD'))) throw lost(`the depot of ${repo} can't be moved to ${final}`);
  }

  async function fetchBranch(location: RepoLocation, branch: string): Promise<CommitTree> {
    const { name, url } = location;
    await create(name);
    const ref = `refs/signalbox/upstream/${branch}`;
    if ((await call(name, { args: ['check-ref-format', ref] })).code !== 0) {
      throw refused('BadInput', `expected the name of a branch: ${branch}`);
    }
    for (let attempt = 1; ; attempt++) {
      const fetched = await fetch(name, url, `+refs/heads/${branch}:${ref}`);
      if (fetched.code === 0) break;
      if (/couldn't find remote ref/.test(fetched.stderr)) {
        throw refused('BadInput', `${url} has no branch ${branch}: mend \`defaultBranch\` of ${name}, or push it`);
      }
      if (
        /Authentication failed|could not read Username|returned error: 40[134]\b|repository .* not found/i.test(
          fetched.stderr,
        )
      ) {
        const remedy = 'check `project` or `url`, and the token of its forge in the environment';
        throw refused('Unauthorized', `${name} can't be fetched from ${url}: ${fetched.stderr}; ${remedy}`);
      }
      // Another process of this host may be fetching the same branch.
      if (attempt >= REF_ATTEMPTS || !/cannot lock ref/.test(fetched.stderr)) {
        throw unavailable(`${branch} of ${name} can't be fetched from ${url}: ${fetched.stderr}`);
      }
    }
    const commit = await text(name, 'rev-parse', '--verify', `${ref}^{commit}`);
    // What was once handed out stays, also when the branch is rewritten later.
    await setRef(name, `refs/signalbox/commits/${commit}`, commit);
    return { commit, tree: await treeOf(name, commit) };
  }

  const listings = new LRUCache<string, Listing, Listed>({
    maxSize: LISTED_PATHS,
    sizeCalculation: ({ size }) => size + 1,
    fetchMethod: async (_key, _stale, { context: { repo, tree } }) => {
      const args = ['ls-tree', '-r', '-z', '--full-tree', object(tree)];
      return parseListing((await must(repo, { args })).toString());
    },
  });
  /** A tree is named by what is in it: once listed, its list holds. */
  const listing = (repo: string, tree: string): Promise<Listing> =>
    listings.forceFetch(`${repo} ${tree}`, { context: { repo, tree } });

  async function changes(repo: string, from: string, to: string): Promise<readonly RawChange[]> {
    const args = [...DIFF, '-z', '--raw', '--no-abbrev', object(from), object(to)];
    return parseRaw((await must(repo, { args })).toString());
  }

  return {
    ...conflictsIn({ directory, call, must }),
    directory,
    treeOf,
    changes,
    blobAt: async (repo, tree, path) => (await listing(repo, tree)).get(path),
    fetch: (location, branch) => serially(location.name, () => fetchBranch(location, branch)),
    async commit({ repo, tree, parents, message, time }) {
      const who = { NAME: AUTHOR.name, EMAIL: AUTHOR.email, DATE: `@${time} +0000` };
      const roles = Object.entries(who).flatMap(([key, value]) => [
        [`GIT_AUTHOR_${key}`, value],
        [`GIT_COMMITTER_${key}`, value],
      ]);
      const args = ['commit-tree', ...parents.flatMap((parent) => ['-p', object(parent)]), '-F', '-', object(tree)];
      const made = await must(repo, { args, input: message, env: Object.fromEntries(roles) });
      const commit = made.toString().trim();
      await setRef(repo, `refs/signalbox/commits/${commit}`, commit);
      return { commit, tree: await treeOf(repo, commit) };
    },
    async merge(repo, ours, theirs) {
      const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', object(ours), object(theirs)];
      const merged = await call(repo, { args });
      const [tree = '', ...conflicts] = merged.stdout.toString().split('\0').filter(Boolean);
      if (merged.code === 0) return { tree };
      if (merged.code === 1 && conflicts.length > 0) return { conflicts: [...new Set(conflicts)].sort() };
      throw failure(merged, { args }, repo);
    },
    async diff(repo, from, to) {
      const raw = await changes(repo, from, to);
      const args = [...DIFF, '-p', '-U0', '--full-index', object(from), object(to)];
      return parseChanges(raw, (await must(repo, { args })).toString());
    },
    async patch(repo, from, to) {
      return (await must(repo, { args: [...DIFF, '-p', '--full-index', object(from), object(to)] })).toString();
    },
    list: async (repo, tree) => [...(await listing(repo, tree)).keys()],
    async read(repo, tree, path) {
      const blob = (await listing(repo, tree)).get(path);
      return blob && (await must(repo, { args: ['cat-file', 'blob', blob] })).toString();
    },
    async isAncestor(repo, ancestor, descendant) {
      const args = ['merge-base', '--is-ancestor', object(ancestor), object(descendant)];
      const result = await call(repo, { args });
      if (result.code > 1) throw failure(result, { args }, repo);
      return result.code === 0;
    },
    async authors(repo, from, to) {
      const format = '%ae%n%(trailers:key=Co-authored-by,valueonly)';
      const logged = await text(repo, 'log', `--format=${format}`, object(to), `^${object(from)}`);
      const found = logged.split('\n').map((line) => /<([^<>\s]+)>\s*$/.exec(line)?.[1] ?? line.trim());
      return [...new Set(found.map((address) => address.toLowerCase()))].filter(
        (address) => address !== '' && address !== AUTHOR.email,
      );
    },
    async restrict(repo, restriction) {
      const made = await restrict(
        {
          directory: directory(repo),
          must: (request) => must(repo, request),
          changes: (from, to) => changes(repo, from, to),
        },
        restriction,
      );
      if (made.undone.length > 0) await setRef(repo, `refs/signalbox/trees/${made.tree}`, made.tree);
      return made;
    },
    async unpack(repo, pack, maxBytes) {
      await create(repo);
      const args = ['index-pack', '--stdin', '--strict', '--fsck-objects', `--max-input-size=${maxBytes}`];
      const result = await call(repo, { args, input: pack });
      if (result.code !== 0) {
        throw refused('SandboxRefused', `the snapshot was refused, its objects are not sound: ${result.stderr}`);
      }
    },
    async anchor(repo, id) {
      const type = await text(repo, 'cat-file', '-t', object(id));
      await setRef(repo, `refs/signalbox/${type}s/${id}`, id);
    },
    bring: async () => undefined,
    async pack(repo, id, without) {
      const others = without.map(object).flatMap((other) => [`^${other}`, `^${other}^{tree}`]);
      const input = `${[object(id), ...others].join('\n')}\n`;
      const args = ['-c', 'pack.threads=1', 'pack-objects', '--revs', '--stdout', '--quiet'];
      const pack = await must(repo, { args, input });
      return pack.readUInt32BE(OBJECTS_AT) === 0 ? Buffer.alloc(0) : pack;
    },
    async fetchCommit({ name, url }, commit) {
      await create(name);
      const fetched = await fetch(name, url, `${object(commit)}:refs/signalbox/commits/${commit}`);
      if (fetched.code !== 0) throw unavailable(`${commit} of ${name} can't be fetched from ${url}: ${fetched.stderr}`);
    },
    async has(repo, id) {
      return (await call(repo, { args: ['cat-file', '-e', object(id)] })).code === 0;
    },

    async missing(repo, objects) {
      const input = objects.map((id) => `${object(id)}\n`).join('');
      const checked = await must(repo, { args: ['cat-file', '--batch-check=%(objectname)'], input });
      return checked
        .toString()
        .split('\n')
        .flatMap((line) => (line.endsWith(' missing') ? [line.slice(0, -' missing'.length)] : []));
    },
  };
}

/** Of `git ls-tree -r -z`. */
function parseListing(text: string): Listing {
  const entries = text.split('\0').filter(Boolean);
  return new Map(
    entries.map((entry) => {
      const [facts = '', path = ''] = entry.split(/\t(.*)/s);
      return [path, /^100(?:644|755) blob ([0-9a-f]{40})$/.exec(facts)?.[1]] as const;
    }),
  );
}
