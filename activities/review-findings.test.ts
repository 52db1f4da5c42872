import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Finding } from '../schemas/finding.js';
import type { ReadFindings, ReadFindingsInput } from '../schemas/review.js';
import type { ReviewerOutput } from '../schemas/role-output.js';
import { createChanges } from '../test/changes.js';
import { createReviewFindingsActivities } from './review-findings.js';

type Remark = ReviewerOutput['findings'][number];

const remark = (change: Partial<Remark> = {}): Remark => ({
  path: 'rates.ts',
  quote: 'return total / count;',
  claim: 'divides by zero',
  why: 'an empty list gives NaN',
  severity: 'must',
  ...change,
});

const BASE = 'export function mean(list) {\n  return 0;\n}\n';
const FIRST = 'export function mean(list) {\n  const count = list.length;\n  return total / count;\n}\n';

describe('what a reviewer handed in', () => {
  const changes = createChanges();
  const { readFindings } = createReviewFindingsActivities(changes);
  const other = 'export const other = 1;\n';
  let from: string;
  let first: string;
  /** The remarked line has moved down, and something else is new. */
  let second: string;

  beforeAll(async () => {
    from = (await changes.commit({ 'rates.ts': BASE, 'other.ts': other, 'old.ts': 'export const old = 1;\n' })).commit;
    first = (await changes.commit({ 'rates.ts': FIRST, 'old.ts': null })).commit;
    second = (await changes.commit({ 'rates.ts': `// The mean.\nconst NOTHING = 0;\n${FIRST}` })).commit;
  });
  afterAll(() => changes.close());

  async function read(
    findings: readonly Remark[],
    change: Partial<ReadFindingsInput> = {},
    more: Partial<ReviewerOutput> = {},
  ): Promise<ReadFindings> {
    const output = { risk: 'low', riskBecause: 'small', findings, earlier: [], ...more };
    const blob = await changes.blobs.put(JSON.stringify(output), 'application/json');
    const input = { repo: changes.repo, lens: 'correctness', from, to: first, bar: 'should', asked: [] } as const;
    const result = await readFindings({ ...input, output: blob, ...change });
    return { ...result, findings: result.findings.map((each) => Finding.parse(each)) };
  }
  const one = async (change: Partial<Remark> = {}, input: Partial<ReadFindingsInput> = {}) =>
    (await read([remark(change)], input)).findings[0];

  it('is a finding at the line that it quotes', async () => {
    expect(await read([remark()])).toEqual({
      findings: [
        {
          id: expect.stringMatching(/^[0-9a-f]{16}$/),
          rule: 'model-correctness',
          severity: 'blocker',
          path: 'rates.ts',
          line: 3,
          message: 'divides by zero: an empty list gives NaN',
          risk: 'high',
        },
      ],
      late: [],
      earlier: [],
      risk: 'low',
      riskBecause: 'small',
      unmatched: 0,
    });
  });

  it('keeps its id when its line moves, and when it is said or quoted in another way', async () => {
    const before = await one();
    const after = await one(
      { claim: 'may be NaN', why: 'count can be 0', quote: '+    return  total / count;', path: './rates.ts' },
      { to: second, since: first },
    );
    expect([before?.line, after?.line]).toEqual([3, 5]);
    expect(after?.id).toBe(before?.id);
    expect((await one({ quote: 'total / count' }))?.id).toBe(before?.id);
  });

  it('is another one on another line, in another file, or through another lens', async () => {
    const ids = await Promise.all([
      one(),
      one({ quote: 'const count = list.length;' }),
      one({ path: 'other.ts' }),
      one({}, { lens: 'security' }),
      one({ quote: '' }),
      // Lines like this one are everywhere: what is said of it tells them apart.
      one({ quote: '}' }),
      one({ quote: '}', claim: 'is not closed' }),
    ]);
    expect(new Set(ids.map((each) => each?.id)).size).toBe(ids.length);
  });

  it('blocks from the bar on', async () => {
    const severities = async (bar: ReadFindingsInput['bar']) => {
      const all = (['note', 'should', 'must'] as const).map((severity, n) =>
        remark({ severity, quote: FIRST.split('\n')[n] ?? '' }),
      );
      return (await read(all, { bar })).findings.map(({ severity }) => severity);
    };
    expect(await severities('should')).toEqual(['note', 'blocker', 'blocker']);
    expect(await severities('must')).toEqual(['note', 'note', 'blocker']);
  });

  it('never blocks for a file that is not part of the change', async () => {
    expect(await one({ path: 'other.ts', quote: 'export const other = 1;' })).toMatchObject({
      severity: 'note',
      risk: 'low',
      line: 1,
      message: expect.stringContaining('(not a file of this change)'),
    });
    expect(await one({ path: '../../etc/passwd' })).toMatchObject({ severity: 'note' });
  });

  it('may be about what the change removed', async () => {
    expect(await one({ path: 'old.ts', quote: '-export const old = 1;' })).toMatchObject({ severity: 'blocker' });
    expect((await read([remark({ quote: 'return 0;' })])).unmatched).toBe(0);
  });

  it('is about what was taken back since the last round, also when nothing of it is left in the change', async () => {
    const { commit: back } = await changes.commit({ 'rates.ts': BASE });
    expect(await one({}, { to: back, since: second })).toMatchObject({ severity: 'blocker' });
  });

  it('says when the quoted line is nowhere, and blocks all the same', async () => {
    const { findings, unmatched } = await read([remark({ quote: 'return sum(list);' }), remark({ quote: '' })]);
    expect(unmatched).toBe(1);
    expect(findings[0]).toMatchObject({
      severity: 'blocker',
      message: expect.stringContaining('(the quoted line was not found)'),
    });
    expect(findings[0]).not.toHaveProperty('line');
  });

  it('is one finding when one line is remarked on twice', async () => {
    const { findings } = await read([
      remark({ severity: 'note' }),
      remark({ claim: 'has no test', why: 'it may break' }),
    ]);
    expect(findings).toMatchObject([
      { severity: 'blocker', message: 'divides by zero: an empty list gives NaN; has no test: it may break' },
    ]);
  });

  it('is late on a line that was there when its lens looked the last time', async () => {
    const { findings, late } = await read([remark(), remark({ quote: 'const NOTHING = 0;' })], {
      to: second,
      since: first,
    });
    expect(late).toEqual([findings[0]?.id]);
    expect((await read([remark()])).late).toEqual([]);
  });

  it('judges the findings that it was asked about, and no others', async () => {
    const judged = (finding: string) => ({ finding, state: 'resolved', why: 'gone' }) as const;
    const earlier = [judged('000000000000000a'), judged('000000000000000b')];
    const { earlier: kept } = await read([], { asked: ['000000000000000a'] }, { earlier });
    expect(kept).toEqual([judged('000000000000000a')]);
  });

  it('is refused for good when it is not what was agreed', async () => {
    const output = await changes.blobs.put('{"risk":"none"}', 'application/json');
    await expect(read([], { output })).rejects.toMatchObject({ type: 'BadInput', nonRetryable: true });
    await expect(read([], { output: await changes.blobs.put('LGTM', 'text/plain') })).rejects.toMatchObject({
      type: 'BadInput',
      nonRetryable: true,
    });
  });
});
