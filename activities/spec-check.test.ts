import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { processorSeconds } from '../test/processor-seconds.js';
import { readFields } from './item-fields.js';
import { checkSpec, type Spec, vagueWord } from './spec-check.js';

const CLEAN: Spec = {
  problem: 'The list shows 10 shipments on each page.',
  expected: 'The list must show 20 shipments on each page. The export must hold every shipment once.',
  acceptance: [
    'With 45 shipments the list has 3 pages, of 20, 20 and 5 shipments.',
    'The export of 45 shipments holds 45 lines.',
    'An export of 10,000 shipments ends within 5 seconds.',
  ],
};

const faults = (spec: Partial<Spec>, terms?: readonly string[]) =>
  checkSpec({ ...CLEAN, ...spec }, terms).remarks.map(({ fault }) => fault);
const withCriterion = (text: string) => ({ acceptance: [...CLEAN.acceptance, text] });

describe('a specification', () => {
  it('without a fault is clean', () => {
    expect(checkSpec(CLEAN)).toEqual({ score: 1, remarks: [] });
  });

  it('without criteria has no score', () => {
    expect(checkSpec({ ...CLEAN, acceptance: [] })).toMatchObject({ score: 0, remarks: { length: 2 } });
  });

  it('has a requirement without a criterion', () => {
    const expected = `${CLEAN.expected} Carriers must be told by mail.`;
    expect(checkSpec({ ...CLEAN, expected })).toEqual({
      score: 0.83,
      remarks: [
        {
          fault: 'no-criterion',
          text: 'Carriers must be told by mail.',
          problem: 'no acceptance criterion is about it',
        },
      ],
    });
  });

  it.each([
    'It works.',
    'Paging works fine',
    'Paging works as expected',
    'The list looks nice',
    'The export is fast',
    'The page is user friendly',
    'Names, dates, etc.',
    'Errors are handled as appropriate',
    'Errors are handled gracefully',
    'Totals are rounded correctly',
    'Several shipments are shown',
  ])('has a criterion that nobody can check: %s', (text) => {
    expect(faults(withCriterion(text))).toEqual(['vague']);
  });

  it.each([
    'Paging works with 45 shipments',
    'The error reads "that went fine, etc."',
    'A second request ends with status 409',
    'The `fast` flag is refused with exit code 2',
    'Breakfast shipments are listed',
  ])('has a criterion that can be checked: %s', (text) => {
    expect(faults(withCriterion(text))).toEqual([]);
  });

  it.each([
    'The export ends within 200.',
    'Requests are refused after a timeout of 30',
    'The file is less than 5, and holds every shipment',
  ])('has a bound without a unit: %s', (text) => {
    expect(faults(withCriterion(text))).toEqual(['no-unit']);
  });

  it.each([
    'The export ends within 200 ms.',
    'At most 5 shipments are shown',
    'Up to 50 % are billed',
    'With 45 shipments there are 3 pages of 20, 20 and 5',
    'The export ends within 2.5 seconds',
  ])('has numbers that say what they count: %s', (text) => {
    expect(faults(withCriterion(text))).toEqual([]);
  });

  it.each([
    ['Each shipment shows its ETA', ['undefined-term']],
    ['Each shipment shows its estimated time of arrival (ETA)', []],
    ['ETA (estimated time of arrival) is shown', []],
    ['The answer is JSON over HTTP', []],
    ['The change of ENG-7 stays', []],
    ['MAX_SIZE stays 3 lines', []],
    ['It says `ETA`', []],
  ])('has terms that are to be explained: %s', (text, expected) => {
    expect(faults(withCriterion(text))).toEqual(expected);
  });

  it('may use the terms of its repo', () => {
    expect(faults(withCriterion('Each shipment shows its ETA'), ['src/eta-service.ts'])).toEqual([]);
  });

  it.each([
    ['The list must show drafts.', 'The list must not show drafts.'],
    ['A list should show drafts', 'The list should not show drafts'],
    ['The list can show drafts', 'The list cannot show drafts.'],
  ])('contradicts itself: %s %s', (one, other) => {
    expect(faults({ acceptance: [...CLEAN.acceptance, one, other] })).toEqual(['contradiction']);
  });

  it('does not contradict itself by speaking of two things', () => {
    const acceptance = [...CLEAN.acceptance, 'The list must show drafts.', 'The export must not show drafts.'];
    expect(faults({ acceptance })).toEqual([]);
  });

  it('counts a statement with several faults once', () => {
    const { score, remarks } = checkSpec({ ...CLEAN, ...withCriterion('The ETA is fast, within 200.') });
    expect(remarks.map(({ fault }) => fault)).toEqual(['vague', 'no-unit', 'undefined-term']);
    expect(score).toBe(0.83);
  });

  it.each(['parcels-faults', 'parcels-csv-export', 'parcels-tax'])('of the examples is well written: %s', (name) => {
    const file = new URL(`../examples/tickets/${name}.json`, import.meta.url);
    const { description } = JSON.parse(readFileSync(file, 'utf8'));
    const { score, remarks } = checkSpec(readFields(description, []));
    expect(remarks.filter(({ fault }) => fault !== 'no-criterion')).toEqual([]);
    expect(score).toBeGreaterThanOrEqual(0.9);
  });

  it('is looked at in a time that does not explode with its length', async () => {
    const long = `${'must a '.repeat(20_000)}not ${'within 5 '.repeat(20_000)}`;
    const checked = () => checkSpec({ problem: long, expected: long, acceptance: [long, 'A'.repeat(50_000)] });
    expect(await processorSeconds(checked)).toBeLessThan(5);
  });
});

describe('a vague word', () => {
  it('is named', () => {
    expect(vagueWord('done as soon as possible')).toBe('as soon as possible');
    expect(vagueWord('exit code 0')).toBeUndefined();
  });
});
