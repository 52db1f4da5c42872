import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { boundTo } from './child.js';

describe('a child that must not outlive its parent', () => {
  const begun = (parent: number) => {
    const [program, ...args] = boundTo(parent, ['echo', 'begun', '$0 as it is']);
    return spawnSync(program, args, { encoding: 'utf8' }).stdout;
  };

  it('begins while its parent is there', () => {
    expect(begun(process.pid)).toBe('begun $0 as it is\n');
  });

  it('does not begin when its parent was killed between starting it and binding it', () => {
    // Its parent is another one by then: whoever adopts what is left.
    expect(begun(process.ppid)).toBe('');
  });
});
