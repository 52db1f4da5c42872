import { describe, expect, it } from '@jest/globals';
import { readFields } from './item-fields.js';

const fieldsMissing = (text: string, answers: readonly string[] = []) =>
  readFields(text, answers).missing.map(({ field }) => field);

describe('what a person wrote', () => {
  it('is read by its headings', () => {
    const text =
      '## What happens\n\nThe page is empty.\n\n### Expected\n\nThe page shows items.\n\n**Done when:**\n\n- 5 items\n* 2 pages\n1. all\n- [ ] a box\n\n## Notes\n\n- not a check';
    expect(readFields(text, [])).toEqual({
      problem: 'The page is empty.',
      expected: 'The page shows items.',
      acceptance: ['5 items', '2 pages', 'all', 'a box'],
      missing: [],
    });
  });

  it('is read with the line ends of any system', () => {
    const text = '## Problem\n\nIt is 4.\n\n## Expected\n\nIt is 5.\n\n## Acceptance\n\n- 5\n';
    expect(readFields(text.replaceAll('\n', '\r\n'), [])).toEqual(readFields(text, []));
    expect(readFields(text, []).missing).toEqual([]);
  });

  it('may be plain prose', () => {
    expect(readFields('Quotes are rounded down. They should be rounded up to the next cent.', [])).toEqual({
      problem: 'Quotes are rounded down. They should be rounded up to the next cent.',
      expected: 'They should be rounded up to the next cent.',
      acceptance: ['They should be rounded up to the next cent.'],
      missing: [],
    });
  });

  it('may be lines such as "Expected: …"', () => {
    const { expected, missing } = readFields('2 + 2 is wrong\nActual: 5\nExpected: the sum is 4', []);
    expect({ expected, missing }).toEqual({ expected: 'Expected: the sum is 4', missing: [] });
  });

  it('is not guessed where it does not say what should happen', () => {
    expect(fieldsMissing('The quotes are wrong sometimes. Please have a look.')).toEqual(['expected', 'acceptance']);
    expect(fieldsMissing('## What happens\n\nIt is slow.\n\n## Expected\n\nFast.')).toEqual(['acceptance']);
    expect(fieldsMissing('')).toEqual(['problem', 'expected', 'acceptance']);
    expect(fieldsMissing('## Expected\n\n## Acceptance\n\n')).not.toEqual([]);
  });

  it('is completed by an answer, in prose or with headings', () => {
    const text = 'The quotes are wrong sometimes.';
    expect(readFields(text, ['no idea', 'They should be the same in the morning.'])).toMatchObject({
      problem: text,
      expected: 'They should be the same in the morning.',
      missing: [],
    });
    const headed = readFields(text, ['## Expected\n\nAlways right.', '## Acceptance\n\n- 12.35 at 8 o’clock']);
    expect(headed).toMatchObject({ expected: 'Always right.', acceptance: ['12.35 at 8 o’clock'], missing: [] });
  });

  it('is not said twice', () => {
    const { acceptance } = readFields('## Problem\n\nIt is 4.\n', ['It should be the number 5.']);
    expect(acceptance).toEqual(['It should be the number 5.']);
  });

  it('is bounded', () => {
    const { problem, expected, acceptance } = readFields(`${'It should be five. '.repeat(20_000)}`, [
      'x'.repeat(90_000),
    ]);
    expect(problem.length).toBeLessThanOrEqual(8_000);
    expect(expected.length).toBeLessThan(250_000);
    expect(acceptance.length).toBeLessThanOrEqual(50);
    const listed = readFields(`## Acceptance\n${'- it should be five\n'.repeat(5_000)}`, []);
    expect(listed.acceptance).toHaveLength(50);
  });
});
