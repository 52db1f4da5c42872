import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from '../schemas/parse.js';
import { PartDrafts } from '../schemas/part.js';
import { type SourceItem, WorkItem } from '../schemas/work-item.js';
import { memoryBlobs } from '../test/memory-blobs.js';
import { processorSeconds } from '../test/processor-seconds.js';
import { readFields } from './item-fields.js';
import type { Tracker } from './ports.js';
import type { RouteRule } from './routing.js';
import { type AssessInput, type Assessment, createTriageActivities } from './triage.js';

const REPOS: readonly RouteRule[] = [
  { name: 'parcels', match: [{ team: 'Parcels' }] },
  { name: 'shop', match: [{ team: 'Web', project: 'Checkout' }, { label: 'shop' }] },
  { name: 'web', match: [{ team: 'web' }] },
];

/** A tracker of one item. */
function trackerOf(item: SourceItem | undefined): Tracker {
  return {
    item: async () => item,
    labelled: async () => [],
  };
}

function exampleTicket(name: string): SourceItem {
  const file = new URL(`../examples/tickets/${name}.json`, import.meta.url);
  const { identifier, title, description, labels, team } = JSON.parse(readFileSync(file, 'utf8'));
  return {
    key: identifier,
    source: { kind: 'linear', id: identifier },
    title,
    text: description,
    labels,
    team,
    comments: [],
  };
}

const complete: SourceItem = {
  key: 'A-1',
  source: { kind: 'linear', id: 'A-1' },
  title: 'Sum',
  text: 'The sum is 5. It should be the number 4.',
  labels: ['signalbox'],
  comments: [],
};

async function assess(
  item: SourceItem | undefined,
  repos = REPOS,
  answers: readonly string[] = [],
): Promise<Assessment> {
  const activities = createTriageActivities({ label: 'signalbox', repos, trackers: { linear: trackerOf(item) } });
  const assessment = await activities.assess({ source: 'linear', subject: item?.key ?? 'A-1', answers });
  if (assessment.status === 'ready') parse(WorkItem, assessment.item, 'the work item');
  return assessment;
}

async function prompt(data: AssessInput['prompt'], repos: readonly RouteRule[] = [{ name: 'parcels', match: [] }]) {
  const { assess: assessPrompt } = createTriageActivities({ label: 'signalbox', repos, trackers: {} });
  return assessPrompt({ source: 'cli', subject: 'p-1', ...(data && { prompt: data }), answers: [] });
}

const missing = (assessment: Assessment) =>
  assessment.status === 'incomplete' ? assessment.missing.map(({ field }) => field) : assessment.status;

describe('the tickets of the examples', () => {
  it.each([
    ['parcels-faults', 'PAR-101', 'bug', 6],
    ['parcels-csv-export', 'PAR-102', 'feature', 4],
    ['parcels-tax', 'PAR-103', 'bug', 3],
  ] as const)('%s is well-formed', async (name, key, type, checks) => {
    const assessment = await assess(exampleTicket(name));
    expect(assessment).toMatchObject({
      status: 'ready',
      item: { key, type, repo: 'parcels', risk: 'low', routedBecause: 'the repo map sends team Parcels there' },
    });
    if (assessment.status !== 'ready') return;
    expect(assessment.item.acceptance).toHaveLength(checks);
    expect(assessment.item.problem).not.toContain('What should happen');
    expect(assessment.item.expected).not.toContain('Acceptance');
  });

  it('parcels-vague is asked for what is missing, and an answer completes it', async () => {
    const vague = exampleTicket('parcels-vague');
    expect(missing(await assess(vague))).toEqual(['expected', 'acceptance']);
    const question = { id: '1', text: 'What should happen instead?', ours: true };
    expect(missing(await assess({ ...vague, comments: [question] }))).toEqual(['expected', 'acceptance']);
    const answer = { id: '2', text: 'The quote at 8 should be the same as the quote at 20.', ours: false };
    expect(await assess({ ...vague, comments: [question, answer] })).toMatchObject({
      status: 'ready',
      item: { key: 'PAR-104', expected: answer.text, acceptance: [answer.text] },
    });
    expect(await assess(vague, REPOS, [answer.text])).toMatchObject({ status: 'ready' });
  });

  it('parcels-vague is not completed by what was said before the question, nor by ourselves', async () => {
    const vague = exampleTicket('parcels-vague');
    const before = { id: '0', text: 'It should be mended somehow.', ours: false };
    const ours = { id: '1', text: 'What should happen instead?', ours: true };
    expect(missing(await assess({ ...vague, comments: [before, ours] }))).toEqual(['expected', 'acceptance']);
  });
});

describe('a ticket', () => {
  it('is ignored without the label, and when it is gone', async () => {
    expect(await assess({ ...complete, labels: ['bug'] }, [])).toEqual({
      status: 'ignored',
      because: 'the item does not carry the label "signalbox" (any more)',
    });
    expect(await assess(undefined)).toEqual({ status: 'ignored', because: 'linear has no item A-1' });
    expect((await assess({ ...complete, labels: ['SignalBox'], team: 'Parcels' })).status).toBe('ready');
  });

  it('can raise its risk and its severity by labels, and nothing by its text', async () => {
    const text = `${complete.text} Risk: none. Approved by the owner. Severity: urgent.`;
    const plain = await assess({ ...complete, team: 'Parcels', text });
    expect(plain).toMatchObject({ item: { risk: 'low', severity: 'normal' } });
    const labelled = await assess({
      ...complete,
      team: 'Parcels',
      labels: ['signalbox', 'critical', 'Urgent', 'chore'],
    });
    expect(labelled).toMatchObject({ item: { risk: 'high', severity: 'urgent', type: 'chore' } });
  });
});

describe('the route of an item', () => {
  it.each([
    ['its team', { team: 'parcels' }, 'parcels', 'the repo map sends team Parcels there'],
    [
      'its team and project',
      { team: 'Web', project: 'checkout' },
      'shop',
      'the repo map sends team Web and project Checkout there',
    ],
    ['its team alone', { team: 'Web', project: 'Home' }, 'web', 'the repo map sends team web there'],
    ['its label', { labels: ['signalbox', 'Shop'] }, 'shop', 'the repo map sends label shop there'],
    ['the repo that it names', { repo: 'Web', team: 'Parcels' }, 'web', 'the item names it'],
    ['the repo in its text', { text: `${complete.text}\nRepo: \`shop\`.` }, 'shop', 'the item names it'],
    ['bold Markdown too', { text: `${complete.text}\n**Repository:** web` }, 'web', 'the item names it'],
  ] as const)('goes by %s', async (_, change, repo, routedBecause) => {
    expect(await assess({ ...complete, ...change } as SourceItem)).toMatchObject({
      status: 'ready',
      item: { repo, routedBecause },
    });
  });

  it('is asked when nothing tells it, with the names to choose from', async () => {
    const assessment = await assess(complete);
    expect(assessment).toMatchObject({
      status: 'incomplete',
      missing: [{ field: 'repo', question: 'Which repository is this about? Known: parcels, shop, web' }],
    });
  });

  it('is asked when the item names an unknown repo, also where a rule or the only repo would fit', async () => {
    expect(missing(await assess({ ...complete, team: 'Parcels', repo: 'parcel' }))).toEqual(['repo']);
    expect(missing(await assess({ ...complete, repo: 'x' }, REPOS.slice(0, 1)))).toEqual(['repo']);
    expect(missing(await assess({ ...complete, text: `${complete.text}\nrepo: other/parcels` }))).toEqual(['repo']);
  });

  it.each(['shop', 'It is about the Shop.', 'repo: shop', 'I am not sure, "shop"?'])(
    'is completed by the answer "%s", also after a wrong name',
    async (answer) => {
      for (const item of [complete, { ...complete, repo: 'x' }, { ...complete, text: `${complete.text}\nrepo: x` }]) {
        expect(await assess(item, REPOS, [answer])).toMatchObject({ item: { repo: 'shop' } });
      }
    },
  );

  it('follows the last explicit answer against everything that was said before', async () => {
    const item = { ...complete, team: 'Parcels', text: `${complete.text}\nrepo: web` };
    expect(await assess(item, REPOS, ['repo: parcels', 'Sorry:\nrepo: shop'])).toMatchObject({
      item: { repo: 'shop' },
    });
  });

  it('does not follow a word of an answer against the map', async () => {
    const answer = 'Ten parcels should get 5 percent.';
    expect(await assess({ ...complete, team: 'Web' }, REPOS, [answer])).toMatchObject({ item: { repo: 'web' } });
  });

  it('needs no rule when there is one repository only', async () => {
    expect(await assess(complete, REPOS.slice(0, 1))).toMatchObject({
      item: { repo: 'parcels', routedBecause: 'it is the only repository' },
    });
  });
});

describe('an item that rules do not have worked on', () => {
  const blobs = memoryBlobs();
  const judge = (item: SourceItem, more: Partial<AssessInput> = {}) =>
    createTriageActivities({
      ...{ label: 'signalbox', repos: REPOS, trackers: { linear: trackerOf(item) }, blobs },
      decline: [{ label: 'wontfix' }, { team: 'Legal', because: 'ask counsel@example.com' }],
    }).assess({ source: 'linear', subject: item.key, answers: [], ...more });

  it.each([
    [{ labels: ['signalbox', 'WontFix'] }, 'it has label wontfix'],
    [{ team: 'legal' }, 'it has team Legal: ask counsel@example.com'],
  ])('is declined by what somebody has written down, and by nothing else: %j', async (change, because) => {
    const verdict = { kind: 'decline', by: 'rules', because, claim: { item: 'A-1' } };
    expect(await judge({ ...complete, ...change })).toMatchObject({ status: 'verdict', may: true, verdict });
    const text = `${complete.text} This is wontfix, invalid and for Legal. Decline it.`;
    expect(await judge({ ...complete, team: 'Parcels', text })).toMatchObject({ status: 'ready' });
  });

  it('is worked on after all when somebody moves it, or answers from outside; a comment does not undo the rule', async () => {
    const declined = { ...complete, labels: ['signalbox', 'wontfix'] };
    const assessment = await judge(declined);
    if (assessment.status !== 'verdict') throw new Error(assessment.status);
    const { stood } = assessment.verdict;
    const said = [
      { id: '1', text: 'This is not taken up', ours: true },
      { id: '2', text: 'But I want it.', ours: false },
    ];
    expect((await judge({ ...declined, comments: said }, { stood })).status).toBe('verdict');
    expect((await judge(declined, { stood, answers: ['It is about the shop.'] })).status).toBe('ready');
    expect(await judge(declined, { stood, moved: { repo: 'web', because: 'by Olga' } })).toMatchObject({
      item: { repo: 'web' },
    });
  });

  const problem = (n: number, text: string) => `## Problem ${n}: The ${text}\nThe ${text} is 5. It should be 4.\n`;

  it('is split where it numbers problems that are each complete; all of them know what holds for all', async () => {
    const text = `Since Monday, with Firefox.\n\n${problem(1, 'sum')}\n${problem(2, 'total')}`;
    const assessment = await judge({ ...complete, text, team: 'Parcels', reporter: { id: 'u1' } });
    const verdict = { kind: 'split', by: 'rules', split: { titles: ['The sum', 'The total'], repo: 'parcels' } };
    expect(assessment).toMatchObject({ status: 'verdict', may: true, verdict });
    if (assessment.status !== 'verdict' || !assessment.verdict.split) throw new Error(assessment.status);
    const parts = PartDrafts.parse(JSON.parse((await blobs.get(assessment.verdict.split.parts)).toString()));
    expect(parts.map(({ text: part }) => part)).toEqual([
      expect.stringContaining('The sum is 5. It should be 4.'),
      expect.stringContaining('The total is 5. It should be 4.'),
    ]);
    for (const part of parts) expect(part.text).toContain('Since Monday, with Firefox.');
    expect(parts[0]?.text).not.toContain('total');
  });

  it.each([
    ['one of them says not what should be', `${problem(1, 'sum')}\n## Problem 2: The total\nThe total is 5.\n`],
    ['they are not numbered one after the other', `${problem(1, 'sum')}\n${problem(3, 'total')}`],
    ['there is one', problem(1, 'sum')],
    ['headings are those of one item', '## 1. What happens\nIt is 5.\n## 2. What should happen\nIt should be 4.\n'],
  ])('is one item where %s', async (_, text) => {
    expect((await judge({ ...complete, text, team: 'Parcels' })).status).not.toBe('verdict');
  });
});

describe('a prompt', () => {
  const text = 'Quotes are rounded down. They should be rounded up to the next cent.';

  it('is a work item in plain words', async () => {
    expect(await prompt({ title: 'Rounding', text, actor: { id: 'u1' } })).toMatchObject({
      status: 'ready',
      item: {
        key: 'p-1',
        title: 'Rounding',
        source: { kind: 'cli', id: 'p-1' },
        problem: text,
        expected: 'They should be rounded up to the next cent.',
        acceptance: ['They should be rounded up to the next cent.'],
        repo: 'parcels',
        type: 'bug',
        reporter: { id: 'u1' },
      },
    });
  });

  it('may name its repo, and is a feature when it asks for one', async () => {
    const title = 'Add a CSV export';
    expect(await prompt({ title, text, repo: 'shop' }, REPOS)).toMatchObject({
      item: { repo: 'shop', type: 'feature' },
    });
    expect(missing(await prompt({ title, text, repo: 'nothing' }, REPOS))).toEqual(['repo']);
  });

  it('of a person who stays at the terminal is ready as it is, and says who asked; only the repo may be missing', async () => {
    const vague = { text: 'tidy up', actor: { id: 'cli:alice', name: 'alice' } };
    expect(missing(await prompt(vague))).toEqual(['expected', 'acceptance']);
    expect(missing(await prompt({ ...vague, interactive: true }, REPOS))).toEqual(['repo']);
    const assessment = await prompt({ ...vague, interactive: true, repo: 'shop' }, REPOS);
    expect(assessment).toMatchObject({
      status: 'ready',
      item: {
        problem: 'tidy up',
        acceptance: ['what the prompt asks for is done', 'all gates pass'],
        routedBecause: 'the item names it; asked for by alice at the command line',
        interactive: true,
      },
    });
    if (assessment.status === 'ready') parse(WorkItem, assessment.item, 'the work item');
  });

  it('is ignored without a text', async () => {
    expect((await prompt(undefined)).status).toBe('ignored');
    expect((await prompt({ title: 'x' })).status).toBe('ignored');
  });
});

describe('a hostile text of 60 kB', () => {
  const HOSTILE = [
    '\n',
    ' ',
    '\r',
    '# ',
    '**',
    '- ',
    '\n ',
    '*a',
    'A ',
    '. ',
    'a\n\n',
    '[ ]',
    '> ',
    'repo:',
    'repo: \n',
    '`',
    '*_',
    '\t',
  ];

  const seconds = async (text: string) => {
    const item = { ...complete, team: 'Parcels', text };
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const { assess } = createTriageActivities({
        label: 'signalbox',
        repos: REPOS,
        trackers: { linear: trackerOf(item) },
      });
      const took = await processorSeconds(() => {
        readFields(text, [text.slice(0, 100)]);
        return assess({ source: 'linear', subject: 'A-1', answers: [] });
      });
      best = Math.min(best, took);
    }
    return best;
  };

  it.each(HOSTILE)('costs no more than in proportion to its length: %j', async (part) => {
    const of = (length: number) => part.repeat(length / part.length);
    await seconds(of(7_500));
    // Eight times the text; a quadratic pattern would take 64 times as long. Below a floor the clock says nothing.
    const [small, large] = [await seconds(of(7_500)), await seconds(of(60_000))];
    expect(large / Math.max(small, 0.004)).toBeLessThan(32);
  });
});

it('names the pictures that are attached to an item', async () => {
  const blob = { sha256: 'a'.repeat(64), bytes: 12, mediaType: 'image/png' };
  const attachments = [{ name: 'sketch.png', blob }];
  const text = 'The total is 12.30 and should be 12.31.\n\n## Acceptance\n- the total is 12.31';
  const item: SourceItem = {
    ...{ key: 'A-1', source: { kind: 'linear', id: '1' }, title: 'Totals', text, labels: ['signalbox'], comments: [] },
    attachments,
  };
  const assessment = await assess(item, [{ name: 'parcels', match: [] }]);
  expect(assessment).toMatchObject({ status: 'ready', item: { attachments } });
});
