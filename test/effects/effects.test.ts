import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EFFECT_KINDS } from '../../schemas/effect.js';
import { attemptAt, failureOf, retried } from './attempts.js';
import { GITHUB_SET_UPS } from './github-provider.js';
import { PROXY_FAULTS } from './provider-proxy.js';
import { SET_UPS, type SetUp, type SetUpOptions } from './providers.js';
import { TRACKER_SET_UPS } from './trackers.js';

// Every kind of effect with everything that can go wrong on the way to its provider. What is added to the kinds is
// tested here, or fails.

let directory: string;
let open: SetUp[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-effects-'));
  open = [];
});
afterEach(async () => {
  for (const one of open) await one.close();
  await rm(directory, { recursive: true, force: true });
});

/** The kinds, and more providers of them by the name of the set-up: its kind first. */
const ALL = { ...SET_UPS, ...TRACKER_SET_UPS, ...GITHUB_SET_UPS };
const NAMES = Object.keys(ALL) as (keyof typeof ALL)[];

async function setUp(name: keyof typeof ALL, options: Partial<SetUpOptions> = {}): Promise<SetUp> {
  const made = await ALL[name]({ directory, ...options });
  open.push(made);
  return made;
}

it('is tested for every kind that there is', () => {
  expect(Object.keys(SET_UPS).toSorted()).toEqual(EFFECT_KINDS.toSorted());
});

describe.each(NAMES)('an effect of the kind %s', (kind) => {
  const moments = PROXY_FAULTS.flatMap((fault) => [
    { fault, where: 'write' as const },
    { fault, where: 'look before it' as const },
  ]);

  it.each(moments)('happens once with $fault in its $where', async ({ fault, where }) => {
    const { make, record, left, proxy, isWrite, isLook, entries } = await setUp(kind);
    proxy.fail(fault, where === 'write' ? isWrite : isLook);
    const first = await retried(make);
    expect(proxy.made).toHaveLength(1);
    expect(await record()).toEqual([left]);
    expect(await retried(make, { first: 5 })).toMatchObject({ ...(first as object), already: true });
    expect(await record()).toEqual([left]);
    expect(entries.at(-1)).toMatchObject({ step: 'done', kind: kind.split(' ')[0] });
  });

  it('is answered from the ledger once it was made, whatever others have done about it since', async () => {
    const { make, record, left, undo } = await setUp(kind);
    expect(await retried(make)).toMatchObject({ already: false });
    await undo();
    expect(await retried(make, { first: 2 })).toMatchObject({ already: true });
    expect(await record()).toEqual([left]);
  });

  it('is found at its provider when the worker died before it was recorded, also while nothing is permitted', async () => {
    let dead = false;
    const { make, record, left } = await setUp(kind, {
      permitted: async () => {
        if (dead) throw new Error('everything is halted');
      },
      wrap: (ledger) => ({
        ...ledger,
        append: async (entry) => {
          if (dead || entry.step !== 'done') return ledger.append(entry);
          dead = true;
          throw new Error('killed');
        },
      }),
    });
    await failureOf(attemptAt({ attempt: 1 }).run(make));
    expect(await record()).toEqual([left]);
    expect(await retried(make, { first: 2 })).toMatchObject({ already: true });
    expect(await record()).toEqual([left]);
  });

  it('is not made while it is not permitted, and is made when it is', async () => {
    let halted = true;
    const permitted = async () => {
      if (halted) throw new Error('everything is halted');
    };
    const { make, record, left } = await setUp(kind, { permitted });
    expect((await failureOf(attemptAt({ attempt: 1 }).run(make))).message).toContain('everything is halted');
    expect(await record()).toEqual([]);
    halted = false;
    await retried(make, { first: 2 });
    expect(await record()).toEqual([left]);
  });

  it('is not begun when a write might outlive its attempt', async () => {
    const { make, record } = await setUp(kind);
    const late = attemptAt({ attempt: 1, startToCloseTimeoutMs: 500 });
    expect(await failureOf(late.run(make))).toMatchObject({ type: 'Superseded', nonRetryable: false });
    expect(await record()).toEqual([]);
  });

  it('beats while it is made', async () => {
    const attempt = attemptAt({ attempt: 1 });
    const beat = new Promise<void>((resolve) => attempt.once('heartbeat', () => resolve()));
    const { make, record, left } = await setUp(kind, { permitted: () => beat });
    await attempt.run(make);
    expect(await record()).toEqual([left]);
  });
});

describe('a key', () => {
  it.each(['comment', 'state', 'check github'] as const)('of one %s is refused for another', async (kind) => {
    const { make, makeOther, record, left } = await setUp(kind);
    await retried(make);
    const refused = await failureOf(retried(makeOther ?? make, { activityId: '8' }));
    expect(refused).toMatchObject({ type: 'BadInput', nonRetryable: true });
    expect(refused.message).toContain('two effects have the key');
    expect(await record()).toEqual([left]);
  });

  it('of a branch is a new one for a new step: what others took away is put there again', async () => {
    const { make, record, undo } = await setUp('push');
    await retried(make);
    await undo();
    expect(await retried(make, { activityId: '8' })).toMatchObject({ pushed: true, already: false });
    expect(await record()).toHaveLength(2);
  });
});
