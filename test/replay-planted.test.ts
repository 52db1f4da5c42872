import { describe, expect, it } from '@jest/globals';
import * as workflows from '../workflows/index.js';
import { planted } from './planted.js';
import { bundleCode, bundleOf, histories, replayed, typeOf } from './replaying.js';
import { silence } from './workflows/server.js';

// The replay finds what it is there for: for each type of workflow, a change that its histories do not resume.

const types = new Map(histories.map((file) => [file, typeOf(file)]));
const of = (type: string) => histories.filter((file) => types.get(file) === type);

describe('a change of commands without patched()', () => {
  silence();

  const all = Object.keys(workflows);

  it.each(all)('in %s is found by every one of its kept histories, and by no other', async (type) => {
    const own = of(type);
    const others = all.flatMap((other) => (other === type ? [] : of(other).slice(0, 1)));
    expect(own).not.toEqual([]);
    const changed = bundleOf(planted(bundleCode, { type }, "await (0,$.sleep)('1 day');"));
    const found = await replayed(changed, [...own, ...others]);
    expect([...found].filter(([, error]) => error).map(([file]) => file)).toEqual(own);
    for (const file of own) expect(found.get(file)).toMatchObject({ name: 'DeterminismViolationError' });
  });

  it('is none when it is behind patched()', async () => {
    const patch = "if ((0,$.patched)('a-later-change')) await (0,$.sleep)('1 day');";
    const changed = all.reduce((code, type) => planted(code, { type }, patch), bundleCode);
    const found = await replayed(bundleOf(changed), histories);
    expect([...found].filter(([, error]) => error)).toEqual([]);
  });
});
