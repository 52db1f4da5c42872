import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { abandoned, BOOT, claim } from './labels.js';

const root = mkdtempSync(join(tmpdir(), 'signalbox-labels-'));
let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(root, 'parent-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** As a process leaves it that dies at this moment of its claim. */
function unfinished(pid: number, startTime: string): string {
  const name = `.claim-${BOOT}_${pid}_${startTime}_x`;
  mkdirSync(join(parent, name));
  return name;
}

describe('a claimed directory', () => {
  it('is in use as long as its owner lives, and says so from its first moment', async () => {
    await claim(join(parent, 'mine'));
    expect(readdirSync(parent)).toEqual(['mine']);
    expect(await abandoned(parent)).toEqual([]);
    expect(await abandoned(parent, Date.now() + 25 * 3_600_000)).toEqual(['mine']);
  });

  it('is abandoned at once when its owner is gone, or was another process of the same number', async () => {
    await claim(join(parent, 'gone'));
    const file = join(parent, 'gone', 'owner.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), startTime: '1' }));
    expect(await abandoned(parent)).toEqual(['gone']);
  });

  it('is abandoned at once when its owner died in the middle of claiming it, and not while it lives', async () => {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    unfinished(process.pid, startTime);
    const dead = unfinished(process.pid, '1');
    mkdirSync(join(parent, 'whose'));
    expect((await abandoned(parent)).sort()).toEqual([dead, 'whose'].sort());
  });
});
