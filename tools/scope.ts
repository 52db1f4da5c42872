import picomatch from 'picomatch';
import type { Scope } from '../schemas/agent.js';

/**
 * Whether a path is one that may be changed. Names that begin with a dot are names like any other. Pure: activities ask
 * the same of what comes out of the sandbox.
 */
export function within({ allow, deny, narrowed = [] }: Scope): (path: string) => boolean {
  const allowed = [allow, ...narrowed].map((globs) => picomatch([...globs], { dot: true }));
  const denied = picomatch([...deny], { dot: true });
  return (path) => allowed.every((matches) => matches(path)) && !denied(path);
}

/** The scope in words, for whoever left it. */
export function describeScope({ allow, deny, narrowed = [] }: Scope): string {
  const lists = [allow, ...narrowed];
  if (lists.some((globs) => globs.length === 0)) return 'you may not change any file';
  const all = lists.map((globs) => globs.join(', ')).join('; of these only ');
  return `you may change ${all}${deny.length > 0 ? `; but not ${deny.join(', ')}` : ''}`;
}
