import type { Forge, RepoLocation } from '../../activities/ports.js';
import type { ForgeWrites } from '../../activities/ports-effects.js';
import { permanent } from './failure.js';
import { createGitRefs, type GitRefsOptions } from './git-refs.js';

// A forge that is nothing but a bare repository, by path or by any URL that git can push to.

export interface LocalForgeOptions extends Omit<GitRefsOptions, 'location'> {
  readonly repos: readonly RepoLocation[];
}

export function createLocalForge({ repos, ...options }: LocalForgeOptions): Forge & ForgeWrites {
  const location = locationIn(repos);
  const { head, refs } = createGitRefs({ location, ...options });
  return { location, head, refs };
}

/** Throws `UnknownRepo`. */
export function locationIn(repos: readonly RepoLocation[]): (repo: string) => RepoLocation {
  return (name) => {
    const repo = repos.find((candidate) => candidate.name === name);
    if (repo) return { name: repo.name, url: repo.url, defaultBranch: repo.defaultBranch };
    const known = repos.map((candidate) => candidate.name).join(', ') || 'none';
    throw permanent('UnknownRepo', `no repo "${name}" is configured; the configured ones: ${known}`);
  };
}
