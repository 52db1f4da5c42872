import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { attemptAt, failureOf, retried } from './attempts.js';
import { GITHUB_SET_UPS } from './github-provider.js';
import { SET_UPS, type SetUp, type SetUpOptions } from './providers.js';
import { TRACKER_SET_UPS } from './trackers.js';

// Attempts that Temporal has given up and that go on nevertheless: a timeout does not stop the code.

let directory: string;
let open: SetUp[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-late-'));
  open = [];
});
afterEach(async () => {
  for (const one of open) await one.close();
  await rm(directory, { recursive: true, force: true });
});

const ALL = { ...SET_UPS, ...TRACKER_SET_UPS, ...GITHUB_SET_UPS };
const NAMES = Object.keys(ALL) as (keyof typeof ALL)[];

async function setUp(name: keyof typeof ALL, options: Partial<SetUpOptions> = {}): Promise<SetUp> {
  const made = await ALL[name]({ directory, ...options });
  open.push(made);
  return made;
}

/** The first attempt falls asleep right before its write, and nobody else does. */
function firstSleeps() {
  let asleep: () => void = () => undefined;
  let wake: () => void = () => undefined;
  const sleeping = new Promise<void>((resolve) => {
    asleep = resolve;
  });
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let asked = 0;
  const permitted = async () => {
    if (asked++ > 0) return;
    asleep();
    await woken;
  };
  return { permitted, sleeping, wake: () => wake() };
}

/** Before it has fallen asleep nothing is to go wrong. */
async function neverFails(attempt: Promise<Error>): Promise<never> {
  throw await attempt;
}

describe.each(NAMES)('a late writer of the kind %s', (kind) => {
  it('that sleeps, is superseded and wakes up, does not write', async () => {
    const { permitted, sleeping, wake } = firstSleeps();
    const { make, record, left, undo } = await setUp(kind, { permitted });
    const first = failureOf(attemptAt({ attempt: 1 }).run(make));
    await Promise.race([sleeping, neverFails(first)]);
    await retried(make, { first: 2 });
    expect(await record()).toEqual([left]);
    // What others do in between makes room for a second one: only the fence keeps it out.
    await undo();
    wake();
    expect(await first).toMatchObject({ type: 'Superseded' });
    expect(await record()).toEqual([left]);
  });

  it('that sleeps, is cancelled and wakes up, does not write', async () => {
    const { permitted, sleeping, wake } = firstSleeps();
    const { make, record } = await setUp(kind, { permitted });
    const attempt = attemptAt({ attempt: 1 });
    const first = failureOf(attempt.run(make));
    await Promise.race([sleeping, neverFails(first)]);
    attempt.cancel();
    wake();
    expect(await first).toBeInstanceOf(CancelledFailure);
    expect(await record()).toEqual([]);
  });

  it('that is cancelled while it looks does not write', async () => {
    const { make, record, proxy, isLook } = await setUp(kind);
    const held = proxy.hold(isLook);
    const attempt = attemptAt({ attempt: 1 });
    const first = failureOf(attempt.run(make));
    await held.arrived;
    attempt.cancel();
    expect(await first).toBeInstanceOf(CancelledFailure);
    await held.release();
    expect(await record()).toEqual([]);
  });

  it('whose write is on its way when it is cancelled says what became of it', async () => {
    const { make, record, left, proxy, isWrite, entries } = await setUp(kind);
    const held = proxy.hold(isWrite);
    const attempt = attemptAt({ attempt: 1 });
    const first = attempt.run(make);
    await held.arrived;
    attempt.cancel();
    await held.release();
    expect(await first).toMatchObject({ already: false });
    expect(await record()).toEqual([left]);
    expect(entries.at(-1)).toMatchObject({ step: 'done' });
  });

  it('whose request reaches the provider after a later attempt changes nothing there, or sets the same again', async () => {
    const { make, record, left, proxy, isWrite, fenced } = await setUp(kind);
    const held = proxy.hold(isWrite);
    const first = failureOf(attemptAt({ attempt: 1 }).run(make));
    await held.arrived;
    // It ends its own call in time, but the network keeps the request.
    await first;
    await retried(make, { first: 2 });
    await held.release();
    expect(await record()).toEqual(fenced ? [left] : [left, left]);
  });
});

it('a state that we set is not set again when a person has moved on before the answer came', async () => {
  const { make, record, left, undo, proxy, isWrite } = await setUp('state');
  proxy.fail('done-then-5xx', isWrite);
  await failureOf(attemptAt({ attempt: 1 }).run(make));
  await undo();
  expect(await retried(make, { first: 2 })).toEqual({ already: true });
  expect(await record()).toEqual([left]);
});

it('an attempt whose worker died on its way to write is visible in the ledger, and the next one waits for its end', async () => {
  const { permitted, sleeping, wake } = firstSleeps();
  const { make, entries } = await setUp('state', { permitted });
  const dead = attemptAt({ attempt: 1 })
    .run(make)
    .catch(() => undefined);
  await sleeping;
  expect(entries.map(({ step, attempt }) => `${attempt} ${step}`)).toEqual(['1 intended']);
  await retried(make, { first: 2 });
  const [begun, next] = entries;
  expect(entries.map(({ step, attempt }) => `${attempt} ${step}`)).toEqual(['1 intended', '2 intended', '2 done']);
  const until = begun?.step === 'intended' ? Date.parse(begun.until) : Number.NaN;
  expect(Date.parse(next?.at ?? '')).toBeGreaterThanOrEqual(until);
  wake();
  await dead;
});
