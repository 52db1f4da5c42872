import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commentMarker, markComment } from '../../schemas/comment-marker.js';
import { assertAdf } from '../../test/fakes/jira-adf.js';
import { fromAdf, toAdf } from './markdown.js';

const word = fc.stringMatching(/^[A-Za-z0-9äß_][A-Za-z0-9äß_.,:;'"!?/-]{0,12}$/);
const awkward = fc.constantFrom('*', '_', '`', '[x](y)', '\\', '#', '> a', '1. b', '- c', '{d}', 'e_f', '**');
const words = fc.array(fc.oneof({ weight: 5, arbitrary: word }, awkward), { minLength: 1, maxLength: 8 });
const escapedText = words.map((all) =>
  all
    .join(' ')
    .replace(/[\\`*_{}[\]<>|#+!~.-]/g, '\\$&')
    .replace(/^(\d+)\)/, '$1\\)'),
);
const code = fc.stringMatching(/^[a-z0-9_*<>[\]{}()=-]{1,12}$/).map((text) => `\`${text}\``);
const link = fc
  .tuple(word, fc.webUrl())
  .map(([text, url]) => `[${text.replace(/[_\\]/g, '')}x](${url.replace(/[()\s]/g, '')})`);
const piece = fc.oneof(
  escapedText,
  code,
  link,
  escapedText.map((text) => `**${text}**`),
);
const line = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(' '));
const block = fc.oneof(
  line,
  fc.tuple(line, line).map((lines) => lines.join('\n')),
  line.map((text) => `## ${text}`),
  fc.array(line, { minLength: 1, maxLength: 4 }).map((items) => items.map((item) => `- ${item}`).join('\n')),
  fc.array(line, { minLength: 1, maxLength: 4 }).map((items) => items.map((item, n) => `${n + 1}. ${item}`).join('\n')),
  fc.array(word, { minLength: 1, maxLength: 4 }).map((lines) => `\`\`\`ts\n${lines.join('\n')}\n\`\`\``),
  line.map((text) => `> ${text}`),
);
const written = fc.array(block, { minLength: 1, maxLength: 6 }).map((blocks) => blocks.join('\n\n'));

describe('Markdown in ADF', () => {
  it('is a valid document, whatever we write', () => {
    fc.assert(fc.property(written, (markdown) => assertAdf(toAdf(markdown))));
  });

  it('means the same when it comes back', () => {
    fc.assert(
      fc.property(written, (markdown) => {
        const document = toAdf(markdown);
        expect(toAdf(fromAdf(document))).toEqual(document);
      }),
      { numRuns: 300 },
    );
  });

  it('is a valid document of any text at all', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => assertAdf(toAdf(text))));
    fc.assert(fc.property(fc.stringMatching(/^[*_`[\]()>#\- \n1.\\a]{0,60}$/), (text) => assertAdf(toAdf(text))));
  });

  it('keeps the marker by which we know our comments', () => {
    fc.assert(
      fc.property(written, fc.stringMatching(/^[a-z]{1,8}(\/[A-Z]{1,4}[-_.][0-9]{1,3}){1,3}$/), (markdown, key) => {
        expect(commentMarker(fromAdf(toAdf(markComment(markdown, key))))).toBe(key);
      }),
    );
  });

  it('has emphasis, code, links and lists as Jira shows them', () => {
    const markdown = '**Done.** See `a_b` and [the change](https://example.com/1)\n\n- one\n  - two';
    expect(toAdf(markdown).content).toEqual([
      {
        type: 'paragraph',
        content: [
          { type: 'text', text: 'Done.', marks: [{ type: 'strong' }] },
          { type: 'text', text: ' See ' },
          { type: 'text', text: 'a_b', marks: [{ type: 'code' }] },
          { type: 'text', text: ' and ' },
          { type: 'text', text: 'the change', marks: [{ type: 'link', attrs: { href: 'https://example.com/1' } }] },
        ],
      },
      {
        type: 'bulletList',
        content: [
          {
            type: 'listItem',
            content: [
              { type: 'paragraph', content: [{ type: 'text', text: 'one' }] },
              {
                type: 'bulletList',
                content: [
                  { type: 'listItem', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'two' }] }] },
                ],
              },
            ],
          },
        ],
      },
    ]);
    expect(fromAdf(toAdf(markdown))).toBe(markdown);
  });

  it('keeps text that only looks like Markdown as text', () => {
    const literal = { type: 'text', text: '# 1 *not* bold, my_repo, [no](https://link)' };
    const document = { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [literal] }] } as const;
    expect(toAdf(fromAdf(document))).toEqual(document);
    expect(fromAdf(document)).toContain('my_repo');
  });
});

describe('what people write in Jira', () => {
  it('is read with tables, panels, tasks, mentions and pictures', () => {
    const text = (value: string) => ({ type: 'paragraph', content: [{ type: 'text', text: value }] });
    const cell = (value: string) => ({ type: 'tableCell', content: [text(value)] });
    const document = {
      type: 'doc',
      version: 1,
      content: [
        { type: 'heading', attrs: { level: 2 }, content: [{ type: 'text', text: 'What happens' }] },
        { type: 'panel', attrs: { panelType: 'info' }, content: [text('Off by one cent')] },
        { type: 'table', content: [{ type: 'tableRow', content: [cell('12'), cell('12.30')] }] },
        {
          type: 'taskList',
          content: [{ type: 'taskItem', attrs: { state: 'TODO' }, content: [{ type: 'text', text: 'totals match' }] }],
        },
        { type: 'paragraph', content: [{ type: 'mention', attrs: { id: '1', text: '@Ada' } }] },
        { type: 'mediaSingle', content: [{ type: 'media', attrs: { id: 'm1', alt: 'sketch.png', type: 'file' } }] },
        { type: 'somethingNew', content: [text('still read')] },
      ],
    } as const;
    expect(fromAdf(document)).toBe(
      [
        '## What happens',
        'Off by one cent',
        '12 | 12.30',
        '- [ ] totals match',
        '@Ada',
        '![sketch.png](attachment:m1)',
        'still read',
      ].join('\n\n'),
    );
  });
});
