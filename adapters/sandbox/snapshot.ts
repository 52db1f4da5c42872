import { PassThrough, Readable } from 'node:stream';
import { lost, refused } from '../depot/git.js';
import type { Bubble } from './bubble.js';
import { type GitScene, runGit, startGit } from './git-tools.js';
import { BoundedOutput } from './output.js';

// What a workspace holds becomes a tree of the depot. Git reads the files inside a sandbox and only objects come out,
// which the depot checks like anything from a stranger.

const MIB = 1024 * 1024;
const STDERR_BYTES = 64 * 1024;
const GITLINK = '160000';

/** First line: the tree. Then a pack of what `$1`, a tree that the depot has, does not hold; nothing if it is equal. */
const SCRIPT = `printf '%s\\n' "$2" >/scratch/info/exclude
[ -f /scratch/index ] || git read-tree "$1"
git add --all -- /workspace >&2
tree=$(git write-tree)
echo "$tree"
[ "$tree" = "$1" ] || printf '%s\\n^%s\\n' "$tree" "$1" | git pack-objects --revs --stdout --quiet --local --window=0
`;

export interface SnapshotRequest {
  readonly scene: GitScene;
  /** A tree in the depot that the workspace is near to. */
  readonly base: string;
  /** Paths that set-up layers brought: never part of a snapshot. */
  readonly excluded: readonly string[];
  readonly maxMiB: number;
}

export async function takeSnapshot({ scene, base, excluded, maxMiB }: SnapshotRequest): Promise<{ tree: string }> {
  const { depot, repo } = scene;
  const bubble = startGit(scene, SCRIPT, base, excluded.map(pattern).join('\n'));
  const stderr = new BoundedOutput(STDERR_BYTES);
  bubble.stderr.on('data', (chunk: Buffer) => stderr.write(chunk));
  try {
    const { line: tree, rest } = await firstLine(bubble.stdout);
    const named = /^[0-9a-f]{40}$/.test(tree);
    const unpacked = named && tree !== base ? depot.unpack(repo, rest, maxMiB * MIB) : drain(rest);
    // The way that git ended tells more than what the depot says about half a pack.
    const outcome = await Promise.allSettled([finish(bubble, stderr), unpacked]);
    for (const settled of outcome) if (settled.status === 'rejected') throw settled.reason;
    if (!named) throw lost(`a snapshot has no tree: ${tree}`);
    if (tree !== base) await refuseGitlinks(scene, base, tree);
    await depot.anchor(repo, tree, base);
    return { tree };
  } finally {
    bubble.kill();
  }
}

async function finish(bubble: Bubble, stderr: BoundedOutput): Promise<void> {
  const code = await bubble.ended;
  if (code === 0) return;
  const said = stderr.text().trim();
  if (/does not have a commit checked out|adding files failed|invalid path|unable to (index|add)/i.test(said)) {
    throw refused('SandboxRefused', `the workspace holds files that no snapshot can: ${said}`);
  }
  throw lost(`the snapshot failed with ${code}: ${said}`);
}

/** A link to another repository's commit would bring code in that nobody has seen. */
async function refuseGitlinks(scene: GitScene, base: string, tree: string): Promise<void> {
  const changes = await scene.depot.changes(scene.repo, base, tree);
  const links = changes.filter(({ newMode }) => newMode === GITLINK).map(({ path }) => path);
  if (links.length === 0) return;
  // Or the index would remember them, and take what is there for a submodule after its .git is gone.
  await runGit(scene, 'git update-index --force-remove -- "$@"', ...links);
  const what = `the workspace holds repositories inside the repository: ${links.join(', ')}`;
  throw refused('SandboxRefused', `${what}; remove their .git`);
}

/** Splits a stream after its first line. */
async function firstLine(stream: Readable): Promise<{ line: string; rest: Readable }> {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk: Buffer | null = stream.read();
    if (chunk === null) {
      if (stream.readableEnded) return { line: Buffer.concat(chunks).toString(), rest: Readable.from([]) };
      await new Promise<void>((resolve) => {
        const done = () => {
          stream.off('readable', done).off('end', done).off('close', done);
          resolve();
        };
        stream.on('readable', done).on('end', done).on('close', done);
      });
      if (stream.destroyed && !stream.readableLength) {
        return { line: Buffer.concat(chunks).toString(), rest: Readable.from([]) };
      }
      continue;
    }
    const end = chunk.indexOf(0x0a);
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    if (end < 0) continue;
    stream.unshift(chunk.subarray(end + 1));
    return { line: Buffer.concat(chunks).toString(), rest: stream.pipe(new PassThrough()) };
  }
}

async function drain(stream: Readable): Promise<void> {
  for await (const _ of stream);
}

/** A line of git's exclude file that means exactly this path. */
function pattern(path: string): string {
  return `/${path.replaceAll(/[\\*?[\]! #]/g, '\\$&')}`;
}
