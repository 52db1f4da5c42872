import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSecretScanner } from '../adapters/secrets/secretlint.js';
import type { Finding } from '../schemas/finding.js';
import type { OpenFinding, ReviewBriefInput, ReviewChunk } from '../schemas/review.js';
import { createChanges } from '../test/changes.js';
import { createReviewBriefActivities } from './review-brief.js';
import { chunksOf } from './review-chunks.js';

// Put together here, so that no scanner takes this file for a leak.
const TOKEN = ['gh', 'p_', 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzAbC'].join('');
const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
  .trim();

const lines = (count: number, text: string) => Array.from({ length: count }, (_, n) => `${text} ${n}\n`).join('');

function open(n: number, path: string, change: Partial<Finding> = {}, answered = true): OpenFinding {
  const id = n.toString(16).padStart(16, '0');
  return {
    finding: {
      ...{ id, rule: 'model-correctness', severity: 'blocker', path, line: 3, message: `remark ${n}`, risk: 'high' },
      ...change,
    },
    ...(answered && { answer: { answer: 'disputed', reason: `reason ${n}` } }),
  };
}

describe('what reviewers are given', () => {
  const changes = createChanges();
  const { reviewBrief } = createReviewBriefActivities({ ...changes, secrets: createSecretScanner() });
  let base: string;
  let first: string;
  let second: string;

  beforeAll(async () => {
    base = (await changes.commit({ 'a.ts': 'const a = 1;\n', 'gone.ts': 'gone\n', 'same.ts': 'same\n' })).commit;
    first = (await changes.commit({ 'a.ts': 'const a = 2;\n', 'b.ts': 'const b = 1;\n', 'gone.ts': null })).commit;
    second = (await changes.commit({ 'b.ts': 'const b = 2;\n' })).commit;
  });
  afterAll(() => changes.close());

  const brief = (change: Partial<ReviewBriefInput> = {}) =>
    reviewBrief({ repo: changes.repo, lens: 'correctness', from: base, to: second, open: [], summary: 's', ...change });

  /** The parts of a brief by title. */
  async function told({ brief: parts }: ReviewChunk): Promise<Record<string, string>> {
    const texts = parts.map(async ({ title, text, blob }) => [
      title,
      text ?? String(blob && (await changes.blobs.get(blob))),
    ]);
    return Object.fromEntries(await Promise.all(texts));
  }
  const diffs = async (chunks: readonly ReviewChunk[]) =>
    Promise.all(chunks.map(async (chunk) => (await told(chunk))['The change'] ?? ''));

  it('is all of the change in the first round, with what its author says', async () => {
    const { files, chunks } = await brief({ summary: 'I doubled a.' });
    expect([files, chunks.length]).toEqual([3, 1]);
    const [only] = await Promise.all(chunks.map(told));
    expect(only).toMatchObject({ 'What the author says of the change': 'I doubled a.' });
    expect(only?.['The change']).toContain('-const a = 1;\n+const a = 2;');
    expect(only?.['The change']).toContain('+const b = 2;');
    expect(only?.['The change']).toContain('-gone');
    expect(only?.['Files of the change']).toBe('* modified a.ts +1 -1\n* added b.ts +1 -0\n* deleted gone.ts +0 -1');
  });

  it('has no part of foreign text that speaks with the authority of Signalbox', async () => {
    const { chunks } = await brief({ open: [open(1, 'a.ts')], since: first });
    expect(chunks.flatMap((chunk) => chunk.brief.filter(({ own }) => own).map(({ title }) => title))).toEqual([
      'This review',
    ]);
  });

  it('is only what is new after that, and the findings to judge', async () => {
    const theirs = open(2, 'a.ts', { rule: 'model-security' });
    const { chunks } = await brief({ since: first, open: [open(1, 'a.ts'), theirs, open(3, 'b.ts', {}, false)] });
    expect(chunks.map(({ asked }) => asked)).toEqual([['0000000000000001']]);
    const [only] = await Promise.all(chunks.map(told));
    expect(only?.['What changed since your last review']).toContain('-const b = 1;\n+const b = 2;');
    expect(only?.['What changed since your last review']).not.toContain('const a');
    expect(only?.['Findings to judge']).toBe(
      '0000000000000001 a.ts:3\n  remark 1\n  the author says: disputed, reason 1',
    );
    // Of another lens, and not answered: known, but not this reviewer's to judge.
    expect(only?.['Already raised']).toContain('remark 2');
    expect(only?.['Already raised']).toContain('remark 3\n  the author has not answered yet');
    expect(only?.['This review']).toContain('0000000000000001');
  });

  it('is a dispute alone when nothing was changed, and nothing when there is none', async () => {
    const disputed = await brief({ since: second, open: [open(1, 'a.ts')] });
    expect(disputed.chunks).toMatchObject([{ asked: ['0000000000000001'] }]);
    expect(await brief({ since: second })).toEqual({ files: 0, chunks: [] });
  });

  it('is spread over reviewers when it is large, and none of it is left out', async () => {
    const from = second;
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`many/${n}.ts`, lines(200, `file ${n} line`)]),
    );
    const { commit: to } = await changes.commit({
      ...many,
      'long.ts': lines(6000, 'a long file'),
      'wide.ts': 'x'.repeat(70_000),
    });
    const { files, chunks } = await brief({ from, to, open: [open(1, 'many/39.ts'), open(2, 'elsewhere.ts')] });
    const texts = await diffs(chunks);
    expect(files).toBe(42);
    expect(chunks.length).toBeGreaterThan(3);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(60_000);
    const all = texts.join('');
    for (let n = 0; n < 40; n++) expect(all.split(`+file ${n} line `).length - 1).toBe(200);
    expect(all.split('+a long file ').length - 1).toBe(6000);
    expect(all.match(/x/g)?.length).toBeGreaterThanOrEqual(70_000);
    // Each finding is judged once, by who reads its file where somebody does.
    const judges = chunks.flatMap(({ asked }, index) => asked.map((id) => ({ id, text: texts[index] ?? '' })));
    expect(judges.map(({ id }) => id).sort()).toEqual(['0000000000000001', '0000000000000002']);
    expect(judges.find(({ id }) => id.endsWith('1'))?.text).toContain('many/39.ts');
  });

  it('is refused for good when it is larger than can be read', async () => {
    const from = second;
    const { commit: to } = await changes.commit({ 'huge.ts': lines(60_000, 'far too much') });
    await expect(brief({ from, to })).rejects.toMatchObject({
      type: 'BadInput',
      nonRetryable: true,
      message: expect.stringContaining('too large to be reviewed'),
    });
    await changes.commit({ 'huge.ts': null });
  });

  it('has no secrets in it', async () => {
    const { commit: from } = await changes.commit({});
    const { commit: to } = await changes.commit({
      'key.ts': `a\rb\u2028c\nconst t = '${TOKEN}';\nconst k = \`${KEY}\`;\nconst end = 1;\n`,
    });
    const [text = ''] = await diffs((await brief({ from, to })).chunks);
    expect(text).not.toContain(TOKEN.slice(8));
    for (const line of KEY.split('\n')) expect(text).not.toContain(line);
    expect(text).toContain('+[redacted: ');
    expect(text).toContain('+const end = 1;');
  });

  it('names files by what git lists, never by what stands in their lines', async () => {
    const { commit: from } = await changes.commit({});
    const sly = 'x\rdiff --git a/no b/no\n--- a/no\ndiff --git a/no b/no\n';
    const { commit: to } = await changes.commit({
      'sly.txt': sly,
      'späte datei.txt': 'ü\n',
      'z.bin': Buffer.from([0, 1]),
    });
    const { files, chunks } = await brief({ from, to });
    const [only] = await Promise.all(chunks.map(told));
    expect(files).toBe(3);
    expect(only?.['Files of the change']).toBe(
      '* added sly.txt +3 -0\n* added späte datei.txt +1 -0\n* added z.bin binary',
    );
  });
});

describe('chunks of a patch', () => {
  it('hold every character once, in order, none over the limit', () => {
    const text = fc.array(fc.constantFrom('@@ -1 +1 @@\n', '+short\n', `-${'long'.repeat(20)}\n`, ' context\n'), {
      maxLength: 60,
    });
    const patch = fc.record({
      path: fc.constantFrom('a', 'b', 'c'),
      text: text.map((all) => `diff --git x\n${all.join('')}`),
    });
    fc.assert(
      fc.property(fc.array(patch, { maxLength: 6 }), fc.integer({ min: 60, max: 400 }), (patches, limit) => {
        const chunks = chunksOf(patches, limit);
        const joined = chunks.map((chunk) => chunk.text.replaceAll('diff --git x (continued)\n', '')).join('');
        expect(joined).toBe(patches.map((each) => each.text).join(''));
        for (const chunk of chunks) expect(chunk.text.length).toBeLessThanOrEqual(limit);
        expect(new Set(chunks.flatMap(({ paths }) => paths))).toEqual(new Set(patches.map(({ path }) => path)));
      }),
    );
  });
});
