import { Readable } from 'node:stream';
import type { CommitRequest, CommitTree, RepoLocation, Restriction } from '../../activities/ports.js';
import { keyPart, type ObjectStore } from '../storage/object-store.js';
import { type Bundle, type BundleHeader, openBundle, sealBundle } from './bundle.js';
import type { LocalDepot, SnapshotDepot } from './depot.js';
import { lost } from './git.js';

export interface SharedDepotOptions {
  /** This machine's. */
  readonly depot: LocalDepot;
  readonly store: ObjectStore;
  /** Where the forge has the history of a repo. */
  readonly location: (repo: string) => RepoLocation;
}

/** Bundles to fetch for one tree at most: the next one has all that is new since the upstream. */
const DEPTH = 16;
/** What the output of git may be. */
const PACK_BYTES = 256 * 1024 * 1024;
/** Headers are small; a worker lives long. */
const HEADERS_KEPT = 10_000;

/**
 * A depot from which every machine can go on. What one makes is in the store before the call returns, as a bundle per
 * tree or commit; what another lacks it takes from there, and the history of the upstream from the forge.
 */
export function createSharedDepot({ depot, store, location }: SharedDepotOptions): SnapshotDepot {
  const headers = new Map<string, BundleHeader>();
  const coming = new Map<string, Promise<void>>();
  const keyOf = (repo: string, id: string) => `${keyPart(repo)}/${id.slice(0, 2)}/${id}`;

  function remember(key: string, header: BundleHeader): BundleHeader {
    if (headers.size >= HEADERS_KEPT) headers.clear();
    headers.set(key, header);
    return header;
  }

  async function load(repo: string, id: string): Promise<Bundle | undefined> {
    const key = keyOf(repo, id);
    const bytes = await store.get(key);
    if (!bytes) return undefined;
    const bundle = openBundle(bytes, store.location(key));
    remember(key, bundle.header);
    return bundle;
  }

  async function headerOf(repo: string, id: string): Promise<BundleHeader | undefined> {
    return headers.get(keyOf(repo, id)) ?? (await load(repo, id))?.header;
  }

  /** The first bundle of a tree or commit stays: all of them have the same objects in the end. */
  async function keep(repo: string, id: string, bundle: Bundle): Promise<void> {
    const key = keyOf(repo, id);
    if (await store.create(key, sealBundle(bundle))) remember(key, bundle.header);
  }

  /** Returns when the store has what other machines need to open it. `from`: what it was made from. */
  async function publish(repo: string, id: string, from: readonly string[]): Promise<void> {
    const key = keyOf(repo, id);
    if (headers.has(key) || (await store.size(key)) !== undefined) return;
    const others = [...new Set(from)].filter((base) => base !== id);
    const known = await Promise.all(others.map(async (base) => ({ base, header: await headerOf(repo, base) })));
    const bases = known.flatMap(({ base, header }) => (header ? [{ base, header }] : []));
    const grounds = [...new Set(bases.flatMap(({ header }) => header.grounds))].sort();
    const depth = 1 + Math.max(0, ...bases.map(({ header }) => header.depth));
    const needs = depth > DEPTH ? grounds : bases.map(({ base }) => base);
    const pack = await depot.pack(repo, id, needs);
    await keep(repo, id, { header: { version: 1, needs, grounds, depth: depth > DEPTH ? 1 : depth }, pack });
  }

  async function publishUpstream(repo: string, { commit, tree }: CommitTree, branch: string): Promise<void> {
    const header: BundleHeader = { version: 1, needs: [], grounds: [commit], depth: 0 };
    const pack = Buffer.alloc(0);
    if (!headers.has(keyOf(repo, commit))) await keep(repo, commit, { header: { ...header, branch }, pack });
    if (!headers.has(keyOf(repo, tree))) await keep(repo, tree, { header: { ...header, needs: [commit] }, pack });
  }

  /** Callers at the same time share the work. What nobody has is left to the call that needs it to say. */
  async function bring(repo: string, ...ids: readonly string[]): Promise<void> {
    for (const id of new Set(ids)) {
      if (await depot.has(repo, id)) continue;
      const key = keyOf(repo, id);
      const work = coming.get(key) ?? fetchMissing(repo, id).finally(() => coming.delete(key));
      coming.set(key, work);
      await work;
    }
  }

  async function fetchMissing(repo: string, id: string): Promise<void> {
    const bundle = await load(repo, id);
    if (!bundle) return;
    const { needs, branch } = bundle.header;
    if (branch !== undefined) return fetchUpstream(repo, branch, id);
    // Each from its ground up: git refuses a pack of which something below is missing.
    for (const need of needs) await bring(repo, need);
    if (bundle.pack.length > 0) await depot.unpack(repo, Readable.from([bundle.pack]), PACK_BYTES);
    if (!(await depot.has(repo, id)))
      throw lost(`${store.location(keyOf(repo, id))} does not bring what it is named by`);
    await depot.anchor(repo, id);
  }

  /** Nearly always the branch still has it; where it was rewritten since, many forges give what is asked for by id. */
  async function fetchUpstream(repo: string, branch: string, commit: string): Promise<void> {
    await depot.fetch(location(repo), branch).catch(() => undefined);
    if (await depot.has(repo, commit)) await depot.anchor(repo, commit);
    else await depot.fetchCommit(location(repo), commit);
  }

  return {
    directory: depot.directory,
    bring,
    has: depot.has,
    missing: depot.missing,
    unpack: depot.unpack,
    async fetch(from, branch) {
      const head = await depot.fetch(from, branch);
      await publishUpstream(from.name, head, branch);
      return head;
    },
    async commit(request: CommitRequest) {
      const { repo, tree, parents } = request;
      await bring(repo, tree, ...parents);
      const made = await depot.commit(request);
      await publish(repo, made.tree, parents);
      await publish(repo, made.commit, [...parents, made.tree]);
      return made;
    },
    async merge(repo, ours, theirs) {
      await bring(repo, ours, theirs);
      const merged = await depot.merge(repo, ours, theirs);
      if ('tree' in merged) await publish(repo, merged.tree, [ours, theirs]);
      return merged;
    },
    async collide(repo, taken, ours) {
      await bring(repo, taken, ours);
      const both = await depot.collide(repo, taken, ours);
      if (both) await publish(repo, both.tree, [taken, ours]);
      return both;
    },
    async firstParent(repo, commit) {
      await bring(repo, commit);
      return depot.firstParent(repo, commit);
    },
    async mergeBase(repo, one, other) {
      await bring(repo, one, other);
      return depot.mergeBase(repo, one, other);
    },
    async commitsOn(repo, range) {
      await bring(repo, range.from, range.to);
      return depot.commitsOn(repo, range);
    },
    async rewrite(repo, tree, paths, change) {
      await bring(repo, tree);
      const made = await depot.rewrite(repo, tree, paths, change);
      if ('tree' in made) await publish(repo, made.tree, [tree]);
      return made;
    },
    async restrict(repo, restriction: Restriction) {
      await bring(repo, restriction.base, restriction.tree);
      const made = await depot.restrict(repo, restriction);
      await publish(repo, made.tree, [restriction.tree]);
      return made;
    },
    async anchor(repo, tree, base) {
      await depot.anchor(repo, tree);
      await publish(repo, tree, base === undefined ? [] : [base]);
    },
    async diff(repo, from, to) {
      await bring(repo, from, to);
      return depot.diff(repo, from, to);
    },
    async patch(repo, from, to) {
      await bring(repo, from, to);
      return depot.patch(repo, from, to);
    },
    async changes(repo, from, to) {
      await bring(repo, from, to);
      return depot.changes(repo, from, to);
    },
    async isAncestor(repo, ancestor, descendant) {
      await bring(repo, ancestor, descendant);
      return depot.isAncestor(repo, ancestor, descendant);
    },
    async authors(repo, from, to) {
      await bring(repo, from, to);
      return depot.authors(repo, from, to);
    },
    async treeOf(repo, commit) {
      await bring(repo, commit);
      return depot.treeOf(repo, commit);
    },
    async list(repo, tree) {
      await bring(repo, tree);
      return depot.list(repo, tree);
    },
    async read(repo, tree, path) {
      await bring(repo, tree);
      return depot.read(repo, tree, path);
    },
    async blobAt(repo, tree, path) {
      await bring(repo, tree);
      return depot.blobAt(repo, tree, path);
    },
  };
}
