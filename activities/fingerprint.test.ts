import { describe, expect, it } from '@jest/globals';
import { frequencies, likeness } from '../schemas/similarity.js';
import type { ItemSource } from '../schemas/work-item.js';
import { processorSeconds } from '../test/processor-seconds.js';
import { filesOfFrames, signatureOf } from './fingerprint.js';

const NOTHING = frequencies([]);

function told(key: string, title: string, text = '', source: Partial<ItemSource> = {}) {
  return signatureOf({ key, source: { kind: 'linear', id: key, ...source }, title, text });
}

function compared(one: ReturnType<typeof told>, other: ReturnType<typeof told>) {
  return likeness(one, other, NOTHING).is;
}

const TRACE = `TypeError: Cannot read properties of undefined (reading 'price')
    at quoteTotal (/srv/app/src/quote.ts:41:12)
    at async handle (/srv/app/src/server.ts:9:3)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`;

describe('what is the same for sure', () => {
  const other = told('B-2', 'Quotes', 'nothing in common with it');

  it.each([
    [
      'an error at the same place, on other lines and another host',
      TRACE.replaceAll(':41:12', ':44:7').replaceAll('/srv/app', '/home/deploy'),
    ],
    ['the message of the error alone', "It says TypeError: Cannot read properties of undefined (reading 'price')"],
  ])('%s', (_, text) => {
    expect(compared(told('A-1', 'Checkout dies', TRACE), told('B-1', 'No quote', text.replace('It says ', '')))).toBe(
      'same',
    );
  });

  it('a link to the page of one error', () => {
    const page = 'https://acme.sentry.io/organizations/acme/issues/4711/?query=x';
    expect(compared(told('A-1', 'x', `see ${page}`), told('B-1', 'y', page.replace('?query=x', '#top')))).toBe('same');
  });

  it('what says that it is the same as a ticket, or links it so', () => {
    const lead = told('ENG-101', 'Quotes', '', { url: 'https://linear.app/acme/issue/ENG-101/quotes' });
    for (const text of [
      'same as ENG-101',
      'Duplicate of ENG-101.',
      'This is tracked in https://linear.app/acme/issue/ENG-101',
    ]) {
      expect({ text, is: compared(told('S-1', 'hm', text), lead) }).toEqual({ text, is: 'same' });
    }
    expect(compared(told('S-1', '[ENG-101] still there'), lead)).toBe('same');
  });

  it('nothing, where there is nothing', () => {
    expect(compared(told('A-1', 'Checkout dies', TRACE), other)).toBe('other');
    expect(compared(told('A-1', '', ''), told('B-1', '', ''))).toBe('other');
  });
});

describe('what is near, and no more', () => {
  it('the same error at another place', () => {
    const elsewhere = TRACE.replace('quoteTotal', 'invoiceTotal').replace('quote.ts', 'invoice.ts');
    expect(compared(told('A-1', 'x', TRACE), told('B-1', 'y', elsewhere))).toBe('near');
  });

  it('a ticket that is only named', () => {
    const lead = told('ENG-101', 'Quotes');
    expect(compared(told('S-1', 'hm', 'We saw it after ENG-101 was closed'), lead)).toBe('near');
  });

  it('what says that it is not the same, however alike it is', () => {
    const text = 'Quotes are rounded down to the lower cent for business customers';
    const lead = told('ENG-101', 'Rounding of quotes', text);
    expect(compared(told('S-1', 'Rounding of quotes', `${text}. Not the same as ENG-101!`), lead)).toBe('near');
    expect(compared(told('S-1', 'Rounding of quotes', text), lead)).toBe('same');
  });

  it.each([
    ['CSV export of shipments is empty', 'CSV import of shipments is empty'],
    ['Labels are cut off on Android phones', 'Labels are cut off on iPhones'],
    ['Disk of the database host db-1 is full', 'Memory of the database host db-1 is full'],
  ])('%s / %s', (one, another) => {
    expect(compared(told('A-1', one, one), told('B-1', another, another))).toBe('near');
  });
});

describe('what any code may say', () => {
  it('is not enough to be folded: a common message without a place', () => {
    expect(
      compared(told('A-1', 'Mail', 'Error: Connection refused'), told('B-1', 'Labels', 'Error: Connection refused')),
    ).toBe('near');
  });

  it('is not a ticket: UTF-8, ISO-8859, HTTP-404', () => {
    expect(told('A-1', 'Umlauts', 'UTF-8 and ISO-8859 since SHA-256').mentions).toEqual([]);
  });
});

describe('a signature', () => {
  it('is small, whatever the text', () => {
    const long = Array.from({ length: 8_000 }, (_, n) => `word${n} ENG-${n} https://x.example/${1000 + n}`).join(' ');
    expect(JSON.stringify(told('A-1', long, long)).length).toBeLessThan(3_000);
  });

  it('costs in proportion to a hostile text', async () => {
    for (const part of [
      'at ',
      'File "',
      'Error: ',
      'A1-',
      'same as ',
      'https://a/',
      'aA',
      'x/y#',
      '\n',
      'Caused by: ',
    ]) {
      const seconds = await processorSeconds(() => told('A-1', part.repeat(10_000), part.repeat(60_000 / part.length)));
      expect({ part, slow: seconds > 3 }).toEqual({ part, slow: false });
    }
  });
});

describe('files of a stack', () => {
  it('are those of the code, not of libraries', () => {
    const python = 'File "/srv/app/billing/tax.py", line 3, in add\nFile "/usr/lib/python3/json.py", line 1, in load';
    expect(filesOfFrames(`${TRACE}\n${python}`)).toEqual([
      '/srv/app/src/quote.ts',
      '/srv/app/src/server.ts',
      '/srv/app/billing/tax.py',
    ]);
  });
});
