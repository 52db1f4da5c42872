import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PeopleFile } from '../../schemas/people.js';
import { FakeOnCall } from '../../test/fakes/on-call.js';
import { createOnCall } from './on-call.js';

describe('who is on call', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-on-call-'));
  const file = join(directory, 'on-call.yaml');
  const fake = new FakeOnCall();
  const now = new Date('2026-11-21T12:00:00Z');
  const people = PeopleFile.parse({
    people: [
      { key: 'alice', name: 'Alice', email: 'Alice@example.com' },
      { key: 'bob', name: 'Bob', email: ['bob@example.com', 'bob@home.example'] },
    ],
  });
  let url: string;
  beforeAll(async () => {
    url = await fake.start();
    writeFileSync(file, 'rotations: { shop: { start: 2026-11-16T09:00, every: 1w, members: [bob, alice] } }');
  });
  afterAll(async () => {
    await fake.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const onCall = (keys: { pagerdutyKey?: string; opsgenieKey?: string } = fake) =>
    createOnCall({
      file,
      pagerduty: { apiUrl: url, rotations: { payments: 'PSCHED1' } },
      opsgenie: { apiUrl: url, rotations: { search: 'Search team' } },
      pagerdutyKey: keys.pagerdutyKey,
      opsgenieKey: keys.opsgenieKey,
    });

  it('is read from the schedule file, anew each time', async () => {
    expect(await onCall().who('shop', now, people)).toEqual(['bob']);
    writeFileSync(file, 'rotations: { shop: { start: 2026-11-16T09:00, every: 1d, members: [bob, alice] } }');
    expect(await onCall().who('shop', now, people)).toEqual(['alice']);
  });

  it('is asked of PagerDuty and of Opsgenie, by address; whoever is nobody here is nobody', async () => {
    fake.schedules.set('PSCHED1', { onCall: ['alice@example.com', 'stranger@example.com'] });
    fake.schedules.set('Search team', { onCall: ['bob@home.example'] });
    expect(await onCall().who('payments', now, people)).toEqual(['alice']);
    expect(await onCall().who('search', now, people)).toEqual(['bob']);
    fake.schedules.set('PSCHED1', { onCall: [] });
    expect(await onCall().who('payments', now, people)).toEqual([]);
  });

  it('says what somebody has to mend: a wrong key, a missing one, an unknown schedule or rotation, a broken file', async () => {
    const wrong = onCall({ pagerdutyKey: 'wrong', opsgenieKey: 'wrong' });
    await expect(wrong.who('payments', now, people)).rejects.toThrow('/oncalls answers 401');
    await expect(wrong.who('search', now, people)).rejects.toThrow('answers 403');
    await expect(onCall({}).who('payments', now, people)).rejects.toThrow('PAGERDUTY_API_KEY is not set');
    fake.schedules.delete('Search team');
    await expect(onCall().who('search', now, people)).rejects.toThrow('Schedule does not exist');
    await expect(onCall().who('sales', now, people)).rejects.toThrow('known: shop, payments, search');
    writeFileSync(file, 'rotations: { shop: { every: 1d } }');
    await expect(onCall().who('shop', now, people)).rejects.toThrow('rotations.shop.start');
  });

  it('fails for now while a provider is away, which a later try may mend', async () => {
    writeFileSync(file, 'rotations: {}');
    fake.down = 503;
    await expect(onCall().who('payments', now, people)).rejects.toMatchObject({ type: 'VendorUnavailable' });
    fake.down = undefined;
  });
});
