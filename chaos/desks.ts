import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// The repositories that missions work on, made from examples/abacus. Each mission has a desk of its own in one of them:
// what it makes of it does not depend on who merges first, and missions that share a repository race all the same.

export const MISSION_KINDS = ['repair', 'agents', 'approval'] as const;
export type MissionKind = (typeof MISSION_KINDS)[number];

const LETTERS: Readonly<Record<MissionKind, string>> = { repair: 'r', agents: 'a', approval: 'p' };

export interface Desk {
  readonly kind: MissionKind;
  /** Its directory, and how it is called in its ticket, its tests and what the models say. */
  readonly name: string;
  readonly repo: string;
  /** Of its ticket. */
  readonly item: string;
}

export interface AbacusRepo {
  readonly name: string;
  /** Prefix of its tickets, by which they are routed. */
  readonly team: string;
  readonly bare: string;
  readonly desks: readonly Desk[];
}

/** How a desk's kind is told from its name. */
export function kindOf(desk: string): MissionKind {
  const kind = MISSION_KINDS.find((candidate) => desk.startsWith(`desk-${LETTERS[candidate]}`));
  if (!kind) throw new Error(`${desk} is no desk`);
  return kind;
}

export interface CreateRepos {
  readonly directory: string;
  readonly examples: string;
  readonly desks: number;
  readonly perRepo: number;
  /** In the names of tickets: what an earlier run on the same server left must not be taken for ours. */
  readonly tag: string;
}

/** One mission of each kind first, in a repository of their own: what they come to is what the others must come to. */
export function createRepos({ directory, examples, desks, perRepo, tag }: CreateRepos): {
  readonly undisturbed: AbacusRepo;
  readonly repos: readonly AbacusRepo[];
} {
  mkdirSync(directory, { recursive: true });
  const kinds = Array.from({ length: desks }, (_, n) => MISSION_KINDS[n % MISSION_KINDS.length] ?? 'repair');
  const groups = Array.from({ length: Math.ceil(desks / perRepo) }, (_, n) =>
    kinds.slice(n * perRepo, (n + 1) * perRepo),
  );
  let number = 0;
  const make = (group: readonly MissionKind[], index: number): AbacusRepo => {
    const name = `abacus-${index}`;
    const team = `AB${index}${tag}`;
    const own = group.map((kind): Desk => {
      number += 1;
      const id = String(number).padStart(3, '0');
      return { kind, name: `desk-${LETTERS[kind]}${id}`, repo: name, item: `${team}-${number}` };
    });
    return { name, team, bare: createRepo({ directory, examples, name, desks: own }), desks: own };
  };
  const undisturbed = make(MISSION_KINDS, 0);
  return { undisturbed, repos: groups.map((group, n) => make(group, n + 1)) };
}

interface CreateRepo {
  readonly directory: string;
  readonly examples: string;
  readonly name: string;
  readonly desks: readonly Desk[];
}

function createRepo({ directory, examples, name, desks }: CreateRepo): string {
  const work = join(directory, `${name}-work`);
  const bare = join(directory, `${name}.git`);
  cpSync(join(examples, 'abacus'), work, { recursive: true });
  for (const desk of desks) {
    const home = join(work, desk.name);
    cpSync(join(examples, 'abacus/desk'), home, { recursive: true });
    if (desk.kind === 'repair') cpSync(join(examples, 'abacus-faults/desk'), home, { recursive: true });
    for (const file of readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.js'),
    )) {
      const path = join(home, file);
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/\bdesk\b(?!\.test)/g, desk.name));
    }
  }
  rmSync(join(work, 'desk'), { recursive: true });
  const run = (...args: readonly string[]) => execFileSync('git', args, { cwd: work, stdio: 'pipe' });
  run('init', '--quiet', '--initial-branch=main');
  run('add', '--all');
  run('-c', 'user.name=Abacus', '-c', 'user.email=abacus@example.com', 'commit', '--quiet', '--message=Abacus');
  run('clone', '--quiet', '--bare', '.', bare);
  // What was pushed where is an effect, and is counted.
  run('--git-dir', bare, 'config', 'core.logAllRefUpdates', 'always');
  rmSync(work, { recursive: true });
  return bare;
}

export function git(bare: string, ...args: readonly string[]): string {
  return execFileSync('git', ['--git-dir', bare, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 }).trim();
}

/** What is in a desk on the main branch, whatever the desk is called. */
export function treeOf(bare: string, desk: string): string {
  const hash = createHash('sha256');
  for (const path of git(bare, 'ls-tree', '-r', '--name-only', 'main', '--', desk).split('\n').filter(Boolean)) {
    const text = git(bare, 'show', `main:${path}`).replaceAll(desk, 'desk');
    hash.update(`${path.replaceAll(desk, 'desk')}\0${text}\0`);
  }
  return hash.digest('hex');
}
