import { type GitCall, type GitResult, lost, refused } from './git.js';

const OBJECT = /^[0-9a-f]{40}$/;

/** An id and nothing else: git would take any other text for an expression or an option. */
export function object(id: string): string {
  if (OBJECT.test(id)) return id;
  throw refused('BadInput', `expected 40 hexadecimal characters of a commit or tree: ${id}`);
}

export function failure({ code, stderr }: GitResult, { args }: GitCall, repo: string) {
  const what = `git ${args[0]} in the depot of ${repo} failed with ${code}: ${stderr}`;
  return /not a git repository|Not a valid object|bad object|unknown revision|Needed a single revision|could not get object info/i.test(
    stderr,
  )
    ? refused('BadInput', `${what}; was the branch fetched?`)
    : lost(what);
}
