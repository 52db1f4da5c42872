import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commentMarker, markComment } from '../../schemas/comment-marker.js';
import { fromWiki, toWiki } from './wiki.js';

describe('what is written in Jira Data Center', () => {
  it('is in its own notation', () => {
    const markdown =
      '## Plan\n\n**Started.** `a_b`, [the change](https://example.com/1) in my_repo {x}\n\n- one\n  - two\n\n1. first\n\n```ts\nconst a = [1];\n```';
    expect(toWiki(markdown)).toBe(
      [
        'h2. Plan',
        '*Started.* {{a_b}}, [the change|https://example.com/1] in my_repo \\{x\\}',
        '* one\n** two',
        '# first',
        '{code:ts}\nconst a = [1];\n{code}',
      ].join('\n\n'),
    );
  });

  it('keeps text that only looks like its notation at the start of a line', () => {
    for (const text of ['h1. is a heading there', 'bq. quotes', '\\# counts']) {
      const said = text.replace(/^\\/, '');
      expect(toWiki(text)).toBe(`\\${said}`);
    }
  });

  it('comes back with its words and the marker by which we know it', () => {
    const text = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 _*{}[\]|-]{0,40}$/).map((one) => one.trim());
    fc.assert(
      fc.property(text, fc.stringMatching(/^[a-z]{1,8}(\/[A-Z]{1,4}[-_.][0-9]{1,3}){1,3}$/), (said, key) => {
        const escaped = said.replace(/[\\`*_{}[\]<>|#-]/g, '\\$&');
        const back = fromWiki(toWiki(markComment(escaped, key)));
        expect(commentMarker(back)).toBe(key);
        expect(back.split('\n')[0]).toBe(said);
      }),
    );
  });
});

describe('what people write in Jira Data Center', () => {
  it('is read as the Markdown that triage knows', () => {
    const wiki = [
      'h3. What happens',
      'The *total* is {{12.3}}, see [the sheet|https://example.com/s] by [~ada] !sketch.png|width=300!',
      '',
      'h3. Acceptance',
      '* totals match',
      '** also in March',
      '# first',
      '{code:java}',
      'int *a = b_c;',
      '{code}',
    ].join('\r\n');
    expect(fromWiki(wiki)).toBe(
      [
        '### What happens',
        'The **total** is `12.3`, see [the sheet](https://example.com/s) by @ada ![sketch.png](attachment:sketch.png)',
        '',
        '### Acceptance',
        '- totals match',
        '  - also in March',
        '1. first',
        '```java',
        'int *a = b_c;',
        '```',
      ].join('\n'),
    );
  });
});
