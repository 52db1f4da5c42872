import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ConflictDepot } from '../../activities/ports-conflicts.js';
import type { CollidingFile, CollisionKind } from '../../schemas/conflict.js';
import type { GitCall, GitResult } from './git.js';
import { failure, object } from './objects.js';

// Merges that need a decision, without any work tree.

export interface ConflictPorts {
  readonly directory: (repo: string) => string;
  readonly call: (repo: string, request: GitCall) => Promise<GitResult>;
  readonly must: (repo: string, request: GitCall) => Promise<Buffer>;
}

const FILE = /^100(?:644|755)$/;

/** One file at one stage of a merge: 1 is what both had, 2 what is taken in, 3 ours. */
interface Stage {
  readonly mode: string;
  readonly stage: string;
  readonly path: string;
}

export function conflictsIn({ directory, call, must }: ConflictPorts): ConflictDepot {
  const keep = (repo: string, tree: string) =>
    must(repo, { args: ['update-ref', `refs/signalbox/trees/${tree}`, tree] });

  return {
    async collide(repo, taken, ours) {
      const merge = ['merge-tree', '--write-tree', '-z', '--no-messages', object(taken), object(ours)];
      const args = ['-c', 'merge.conflictStyle=diff3', ...merge];
      const merged = await call(repo, { args });
      if (merged.code === 0) return undefined;
      const [tree = '', ...lines] = merged.stdout.toString().split('\0').filter(Boolean);
      const files = filesOf(lines);
      if (merged.code !== 1 || files.length === 0) throw failure(merged, { args: merge }, repo);
      await keep(repo, object(tree));
      return { tree, files };
    },

    async firstParent(repo, commit) {
      const found = await call(repo, { args: ['rev-parse', '--verify', '--quiet', `${object(commit)}^1`] });
      return found.code === 0 ? found.stdout.toString().trim() : undefined;
    },

    async mergeBase(repo, one, other) {
      const args = ['merge-base', object(one), object(other)];
      const found = await call(repo, { args });
      if (found.code > 1) throw failure(found, { args }, repo);
      return found.stdout.toString().trim() || undefined;
    },

    async commitsOn(repo, { from, to, paths, most }) {
      const range = [`--max-count=${most}`, object(to), `^${object(from)}`, '--', ...paths];
      const logged = await must(repo, { args: ['log', '-z', '--no-merges', '--format=%H%x09%an%x09%s', ...range] });
      return logged
        .toString()
        .split('\0')
        .filter(Boolean)
        .map((line) => {
          const [commit = '', author = '', ...title] = line.split('\t');
          return { commit, author, title: title.join('\t') };
        });
    },

    async rewrite(repo, tree, paths, change) {
      const index = join(directory(repo), `rewrite-${randomUUID()}`);
      const env = { GIT_INDEX_FILE: index };
      try {
        await must(repo, { args: ['read-tree', object(tree)], env });
        for (const path of paths) {
          const listed = (await must(repo, { args: ['ls-tree', '-z', object(tree), '--', path] })).toString();
          const [, mode = '', blob = ''] = /^(\d{6}) blob ([0-9a-f]{40})\t/.exec(listed) ?? [];
          if (!FILE.test(mode)) return { left: path };
          const before = await must(repo, { args: ['cat-file', 'blob', blob] });
          const after = change(before.toString('latin1'));
          if (after === undefined) return { left: path };
          const hash = { args: ['hash-object', '-w', '--stdin'], input: Readable.from([Buffer.from(after, 'latin1')]) };
          const made = (await must(repo, hash)).toString().trim();
          const input = `${mode} ${object(made)}\t${path}\0`;
          await must(repo, { args: ['update-index', '-z', '--index-info'], env, input });
        }
        const rewritten = (await must(repo, { args: ['write-tree'], env })).toString().trim();
        await keep(repo, rewritten);
        return { tree: rewritten };
      } finally {
        await rm(index, { force: true });
      }
    },
  };
}

function filesOf(lines: readonly string[]): readonly CollidingFile[] {
  const stages = lines.flatMap((line): Stage[] => {
    const [, mode = '', stage = '', path = ''] = /^(\d{6}) [0-9a-f]{40} ([123])\t([\s\S]+)$/.exec(line) ?? [];
    return path === '' ? [] : [{ mode, stage, path }];
  });
  const paths = [...new Set(stages.map(({ path }) => path))].toSorted();
  return paths.map((path) => ({ path, kind: kindOf(stages.filter((one) => one.path === path)) }));
}

function kindOf(stages: readonly Stage[]): CollisionKind {
  if (!stages.every(({ mode }) => FILE.test(mode))) return 'other';
  const has = (stage: string) => stages.some((one) => one.stage === stage);
  if (has('2') && has('3')) return 'both';
  if (has('1') && has('3')) return 'removed-there';
  return has('1') && has('2') ? 'removed-here' : 'other';
}
