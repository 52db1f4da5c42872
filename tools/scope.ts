import picomatch from 'picomatch';
import type { Scope } from '../schemas/agent.js';

/**
 * Whether a path is one that may be changed. Names that begin with a dot are names like any other. Pure: activities ask
 * the same of what comes out of the sandbox.
 */
export function within({ allow, deny }: Scope): (path: string) => boolean {
  const allowed = picomatch([...allow], { dot: true });
  const denied = picomatch([...deny], { dot: true });
  return (path) => allowed(path) && !denied(path);
}

/** The scope in words, for whoever left it. */
export function describeScope({ allow, deny }: Scope): string {
  if (allow.length === 0) return 'you may not change any file';
  return `you may change ${allow.join(', ')}${deny.length > 0 ? `, but not ${deny.join(', ')}` : ''}`;
}
