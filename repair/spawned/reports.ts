// What a runner reported, in the words of a survey.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Outcome } from '../runner.js';

export interface Reported {
  /** From the root of the repository. */
  readonly file: string;
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  readonly message?: string;
  readonly milliseconds: number;
  /** When the runner's report tells it by itself. */
  readonly covered?: Readonly<Record<string, readonly number[]>>;
  readonly symbols?: readonly string[];
}

interface Reading {
  readonly report: string;
  readonly root: string;
  /** From the root. */
  readonly module: string;
}

const MESSAGE = 4000;

const Line = z.object({
  file: z.string().optional(),
  titles: z.array(z.string()),
  outcome: z.enum(['pass', 'fail', 'skip']),
  message: z.string().optional(),
  milliseconds: z.number().optional(),
  covered: z.record(z.string(), z.array(z.number())).optional(),
  symbols: z.array(z.string()).optional(),
});

/** One JSON object per line, as our own reporters write them. The last line may be cut off: the runner was ended. */
export function readLines({ report, ...place }: Reading): readonly Reported[] {
  if (!existsSync(report)) return [];
  const lines = readFileSync(report, 'utf8').split('\n').slice(0, -1);
  return lines.flatMap((text) => {
    const { file, titles, outcome, milliseconds = 0, message, covered, symbols } = Line.parse(JSON.parse(text));
    if (file === undefined) return [];
    // node:test reports a file in which no test ran as a test of that name.
    const whole = titles.length === 1 && path.isAbsolute(titles[0] ?? '') && file.endsWith(titles[0] ?? '');
    if (whole && outcome !== 'fail') return [];
    const made = reported({ ...place, file, titles: whole ? ['(load)'] : titles, outcome, milliseconds, message });
    return [{ ...made, ...(covered && { covered }), ...(symbols && { symbols }) }];
  });
}

const JestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

/** The JSON of jest, which vitest writes too. */
export function readJest({ report, ...place }: Reading): readonly Reported[] {
  if (!existsSync(report)) return [];
  const { testResults } = JestReport.parse(JSON.parse(readFileSync(report, 'utf8')));
  return testResults.flatMap(({ name: file, status, message, assertionResults }) => {
    if (assertionResults.length === 0 && status === 'failed')
      return [reported({ ...place, file, titles: ['(load)'], outcome: 'fail', milliseconds: 0, message })];
    return assertionResults.map((test) =>
      reported({
        ...place,
        file,
        titles: [...test.ancestorTitles.filter(Boolean), test.title],
        outcome: test.status === 'passed' ? 'pass' : test.status === 'failed' ? 'fail' : 'skip',
        milliseconds: test.duration ?? 0,
        message: test.status === 'failed' ? test.failureMessages?.join('\n') : undefined,
      }),
    );
  });
}

interface Found {
  readonly root: string;
  readonly module: string;
  readonly file: string;
  readonly titles: readonly string[];
  readonly outcome: Outcome;
  readonly milliseconds: number;
  readonly message: string | undefined;
}

function reported({ root, module, file, titles, outcome, milliseconds, message }: Found): Reported {
  const base = path.join(root, module);
  const absolute = path.resolve(base, file);
  const name = path.relative(base, absolute).split(path.sep).join('/');
  return {
    file: path.relative(root, absolute).split(path.sep).join('/'),
    id: `${name}::${titles.join(' > ')}`,
    title: titles.at(-1) ?? '',
    outcome,
    milliseconds,
    ...(message !== undefined && { message: message.slice(0, MESSAGE) }),
  };
}
