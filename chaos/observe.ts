import { createHash } from 'node:crypto';
import { workflowId } from '../schemas/names.js';
import type { ProxyExchange } from '../test/fakes/fault-proxy.js';
import { type AbacusRepo, type Desk, git, treeOf } from './desks.js';
import type { Install } from './install.js';
import { endOf } from './missions.js';
import type { CallSeen, EffectSeen, MissionSeen } from './observations.js';
import type { RunSeen } from './steps.js';

// Reads from the vendors' ledgers and from git what a run did.

export interface SeeMissions {
  readonly install: Install;
  readonly repos: readonly AbacusRepo[];
  readonly accepted: ReadonlyMap<string, number>;
  readonly closed: ReadonlySet<string>;
  readonly runs: readonly RunSeen[];
  /** By kind. */
  readonly trees: Readonly<Record<Desk['kind'], string>>;
}

export function seeMissions({ install, repos, accepted, closed, runs, trees }: SeeMissions): Promise<MissionSeen[]> {
  const see = async (repo: AbacusRepo, { item, kind, name }: Desk): Promise<MissionSeen> => {
    const id = workflowId.mission(item);
    const started = runs.filter(({ workflow, first }) => workflow === id && first).length;
    const open = !closed.has(item);
    const end = started === 0 || open ? { result: '', because: '' } : await endOf(install.client, item);
    return {
      ...{ item, kind, accepted: accepted.get(item) ?? 0, started, open, ...end },
      ...{ tree: treeOf(repo.bare, name), expectedTree: trees[kind] },
    };
  };
  return Promise.all(repos.flatMap((repo) => repo.desks.map((desk) => see(repo, desk))));
}

export function seeCalls(exchanges: readonly ProxyExchange[]): CallSeen[] {
  return exchanges.map(({ key, body, at, spoil, deliveredAt }) => ({
    ...{ key, agent: agentOf(body), at },
    ...(spoil && { spoil }),
    ...(deliveredAt !== undefined && { deliveredAt }),
  }));
}

/** What a conversation begins with: the role's words and its brief. */
function agentOf(body: string): string {
  const { system, messages } = JSON.parse(body) as { readonly system?: unknown; readonly messages?: unknown[] };
  const begin = JSON.stringify([textOf(system), textOf(messages?.[0])]);
  return createHash('sha256').update(begin).digest('hex').slice(0, 16);
}

/** Without marks for caches, which move from call to call. */
function textOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (key, inner) => (key === 'cache_control' ? undefined : inner)));
}

export function seeEffects({ tracker }: Install, repos: readonly AbacusRepo[]): EffectSeen[] {
  const told = tracker.ledger.map(({ effect, issue, key }): EffectSeen => {
    if (effect === 'issueUpdate') return { effect: 'state', item: issue, key };
    // A twin has another id and the same words.
    const comment = tracker.workspace.issue(issue).comments.find(({ id }) => id === key);
    return {
      effect: 'comment',
      item: issue,
      key: createHash('sha256')
        .update(comment?.body ?? key)
        .digest('hex'),
    };
  });
  return [...told, ...repos.flatMap(({ bare }) => [...mergesOf(bare), ...pushesOf(bare)])];
}

/** A mission merges once, whatever it merges. */
function mergesOf(bare: string): EffectSeen[] {
  const format = '--format=%(trailers:key=Signalbox-Mission,valueonly,separator=%x2C)';
  const missions = git(bare, 'log', '--first-parent', '--merges', format, 'main').split('\n').filter(Boolean);
  return missions.map((mission) => ({ effect: 'merge', item: mission.replace('mission/', ''), key: 'main' }));
}

/** Each state of a mission's branch is put there once; told by trees, since a twin of a commit has another time. */
function pushesOf(bare: string): EffectSeen[] {
  const branches = git(bare, 'for-each-ref', '--format=%(refname:short)', 'refs/heads/signalbox/');
  return branches
    .split('\n')
    .filter(Boolean)
    .flatMap((branch) =>
      git(bare, 'reflog', 'show', '--format=%T', branch)
        .split('\n')
        .filter(Boolean)
        .map((key): EffectSeen => ({ effect: 'push', item: branch.replace('signalbox/', ''), key })),
    );
}

/** Files that changed on main although they are on no desk. */
export function strayFiles(repos: readonly AbacusRepo[]): string[] {
  return repos.flatMap(({ bare, name, desks }) => {
    const [root = ''] = git(bare, 'rev-list', '--max-parents=0', 'main').split('\n');
    const changed = git(bare, 'diff', '--name-only', root, 'main').split('\n').filter(Boolean);
    return changed
      .filter((path) => !desks.some((desk) => path.startsWith(`${desk.name}/`)))
      .map((path) => `${name}:${path}`);
  });
}
