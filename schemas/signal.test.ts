import { describe, expect, it } from '@jest/globals';
import { parse, RefusedInput } from './parse.js';
import { Plan } from './plan.js';
import { dedupeKey, Signal, Submission } from './signal.js';
import { WorkItem } from './work-item.js';

const signal = {
  specversion: '1.0',
  id: 'delivery-1',
  source: 'linear',
  type: 'ticket.labelled',
  subject: 'PAR-101',
  time: '2026-01-02T03:04:05Z',
  bodyhash: 'a'.repeat(64),
  data: {},
};
const task = {
  id: 'service-pagination',
  kind: 'change',
  title: 'Mend it',
  goal: 'Make it pass',
  acceptance: ['passes'],
  needs: [],
  touches: ['src/a.ts'],
  gates: [],
  targets: [],
};
const plan = { version: 1, goal: 'g', because: '', assumptions: [], risks: [], tasks: [task] };
const item = {
  key: 'PAR-101',
  source: { kind: 'linear', id: 'x' },
  title: 't',
  problem: 'p',
  expected: 'e',
  acceptance: ['a'],
  repo: 'parcels',
  type: 'bug',
  severity: 'normal',
  risk: 'low',
  routedBecause: 'r',
};

function problems(schema: Parameters<typeof parse>[0], input: unknown): readonly string[] {
  try {
    parse(schema, input, 'the input');
  } catch (error) {
    if (error instanceof RefusedInput) return error.problems;
    throw error;
  }
  return [];
}

describe('what is refused', () => {
  it('is said in one message, for the person who must mend it', () => {
    expect(() => parse(Submission, { text: '', repo: 7 }, 'POST /signals')).toThrow(RefusedInput);
    expect(() => parse(Submission, { title: 't', text: '', more: 1 }, 'POST /signals')).toThrow(
      /^POST \/signals was refused:\n {2}text: .*\n {2}\(the whole\): unknown field more$/,
    );
  });

  it('is not echoed: it may hold what nobody should read', () => {
    const secret = 'the-secret-value';
    for (const input of [{ ...signal, bodyhash: secret }, { ...signal, source: secret }, secret]) {
      expect(problems(Signal, input).join()).not.toContain(secret);
      expect(problems(Signal, input)).not.toEqual([]);
    }
  });
});

describe('a signal', () => {
  it('is taken as a CloudEvent', () => {
    expect(parse(Signal, signal, 's')).toEqual({ ...signal, datacontenttype: 'application/json' });
    expect(dedupeKey(parse(Signal, signal, 's'))).toBe('linear/PAR-101');
  });

  it.each([
    ['specversion', '0.3', '1.0'],
    ['id', '', '1'],
    ['source', 'email', 'linear'],
    ['type', 'ticket.deleted', 'ticket.labelled'],
    ['subject', '../etc/passwd', 'letters, digits, dots and dashes'],
    ['subject', 'a b', 'letters, digits, dots and dashes'],
    ['time', 'yesterday', 'ISO datetime'],
    ['bodyhash', 'A'.repeat(64), '64 hexadecimal characters'],
  ])('is refused for its %s "%s"', (field, value, expected) => {
    const found = problems(Signal, { ...signal, [field]: value });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${field}: `));
    expect(found[0]).toContain(expected);
  });

  it('names fields inside of its data', () => {
    expect(problems(Signal, { ...signal, data: { text: 'x'.repeat(60_001) } })[0]).toMatch(/^data\.text: .*60000/);
    expect(problems(Signal, { ...signal, data: { actor: { name: 'Ada' } } })[0]).toMatch(/^data\.actor\.id: /);
    expect(problems(Signal, { ...signal, data: { admin: true } })).toEqual(['data: unknown field admin']);
  });
});

describe('a submission', () => {
  it('needs a title and a text', () => {
    expect(problems(Submission, { title: 't', text: 'x' })).toEqual([]);
    expect(problems(Submission, {}).map((problem) => problem.split(':')[0])).toEqual(['title', 'text']);
    expect(problems(Submission, { title: 't', text: 'x', id: '-x' })).toEqual([
      'id: expected letters, digits, dots and dashes',
    ]);
  });

  it('can not say of itself that somebody stays to answer: that is for the command line', () => {
    expect(problems(Submission, { title: 't', text: 'x', interactive: true })).toEqual([
      expect.stringContaining('unknown field interactive'),
    ]);
  });
});

describe('a plan', () => {
  it.each([
    ['no task', { tasks: [] }, /^tasks: /],
    ['an id that is none', { tasks: [{ ...task, id: 'A b' }] }, /^tasks\.0\.id: expected lower-case letters/],
    ['a task without acceptance', { tasks: [{ ...task, acceptance: [] }] }, /^tasks\.0\.acceptance: /],
    ['an unknown kind', { tasks: [{ ...task, kind: 'deploy' }] }, /^tasks\.0\.kind: .*"change"/],
    ['version 0', { version: 0 }, /^version: /],
    ['an unknown field', { tasks: [{ ...task, shell: 'rm' }] }, /^tasks\.0: unknown field shell$/],
  ])('is refused with %s', (_, change, message) => {
    expect(problems(Plan, plan)).toEqual([]);
    expect(problems(Plan, { ...plan, ...change })).toEqual([expect.stringMatching(message)]);
  });
});

describe('a work item', () => {
  it('is well-formed only with all of its parts', () => {
    expect(problems(WorkItem, item)).toEqual([]);
    for (const field of Object.keys(item)) {
      const found = problems(WorkItem, { ...item, [field]: undefined });
      expect(found).toEqual([expect.stringMatching(new RegExp(`^${field}: `))]);
    }
    expect(problems(WorkItem, { ...item, acceptance: [''] })[0]).toMatch(/^acceptance\.0: /);
  });
});
