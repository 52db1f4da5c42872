import { createHash } from 'node:crypto';
import type { BlobRef } from '../schemas/blob-ref.js';
import { parse } from '../schemas/parse.js';
import { MOST_PARTS, PartDrafts, type PartOf, partKey } from '../schemas/part.js';
import type { TriagerOutput } from '../schemas/role-output.js';
import type { Actor, Signal } from '../schemas/signal.js';
import { triageStart } from '../schemas/triage-start.js';
import { readFields } from './item-fields.js';
import type { Blobs } from './ports.js';
import type { Runs } from './ports-records.js';

// An item with several separable problems: which parts it has, and how each becomes an item with a mission of its own.

/** What stands before the first part holds for all of them. */
const PREAMBLE = 2_000;
const HEADING =
  /^#{1,6}[ \t]+(?:problem|issue|bug|fault|request|wish)[ \t]+(\d{1,2})\b[ \t]*[:.)-]*[ \t]*(.{0,200})$/gim;

/**
 * Parts that whoever wrote the item has numbered (`## Problem 1: …`), each with all that work needs. Undefined where
 * that is not so: then it is one item.
 */
export function writtenParts(title: string, text: string): PartDrafts | undefined {
  const found = [...text.matchAll(HEADING)];
  const inOrder = found.every(([, number], index) => Number(number) === index + 1);
  if (found.length < 2 || found.length > MOST_PARTS || !inOrder) return undefined;
  const before = text.slice(0, found[0]?.index).trim().slice(0, PREAMBLE);
  const parts = found.map((match, index) => {
    const body = text.slice(match.index + match[0].length, found[index + 1]?.index).trim();
    const named = match[2]?.trim();
    return { title: named || `${title.slice(0, 200)}, ${index + 1}`, body };
  });
  if (parts.some(({ body }) => readFields(body, []).missing.length > 0)) return undefined;
  return parts.map(({ title: own, body }) => ({
    title: own,
    text: [body, ...(before === '' ? [] : ['', '## About all of it', before])].join('\n').slice(0, 20_000),
  }));
}

/** As a model cut it; undefined where that makes no items that could be worked on. */
export function proposedParts({ parts }: Pick<TriagerOutput, 'parts'>): PartDrafts | undefined {
  if (parts.length < 2) return undefined;
  const drafts = parts.map(({ title, problem, expected, acceptance }) => ({
    title,
    text: [
      '## What happens',
      oneSection(problem),
      '',
      '## What should happen',
      oneSection(expected),
      '',
      '## Acceptance',
      ...acceptance.map((line) => `- ${line.replace(/\s+/g, ' ')}`),
    ].join('\n'),
  }));
  return drafts.every(({ text }) => readFields(text, []).missing.length === 0) ? drafts : undefined;
}

/** Its lines can't begin a section. */
function oneSection(text: string): string {
  return text.replace(/^[ \t]*(?=#|\*\*)/gm, '  > ');
}

export interface OpenParts {
  readonly parts: BlobRef;
  readonly whole: Omit<PartOf, 'n' | 'of'>;
  readonly repo?: string;
  readonly reporter?: Actor;
  /** Of the signal about the whole: equal ones open the same parts. */
  readonly signal: string;
}

export interface PartPorts {
  readonly blobs: Pick<Blobs, 'get'>;
  readonly runs: Pick<Runs, 'signalWithStart'>;
  readonly dedupeMs: number;
}

export function createPartActivities({ blobs, runs, dedupeMs }: PartPorts) {
  return {
    /** Each part goes through triage as an item of its own. Equal requests are one there. Gives their keys. */
    async openParts(open: OpenParts): Promise<readonly string[]> {
      const text = (await blobs.get(open.parts)).toString();
      const drafts = parse(PartDrafts, JSON.parse(text), `the parts of ${open.whole.item}`);
      for (const [index, draft] of drafts.entries()) {
        await runs.signalWithStart(triageStart(partSignal(open, draft, { n: index + 1, of: drafts.length }), dedupeMs));
      }
      return drafts.map((_draft, index) => `api/${partKey(open.whole.item, index + 1)}`);
    },
  };
}

export type PartActivities = ReturnType<typeof createPartActivities>;

function partSignal(
  { whole, repo, reporter, signal }: OpenParts,
  { title, text }: PartDrafts[number],
  place: Pick<PartOf, 'n' | 'of'>,
): Signal {
  const of = `${whole.kind}/${whole.item}/${signal}/${place.n}`;
  const hash = createHash('sha256').update(of).digest('hex');
  return {
    ...{ specversion: '1.0', id: `part/${hash.slice(0, 32)}`, source: 'api', type: 'prompt.submitted' },
    subject: partKey(whole.item, place.n),
    ...{ time: new Date().toISOString(), datacontenttype: 'application/json', bodyhash: hash },
    data: {
      ...{ title, text, partOf: { ...whole, ...place } },
      ...(repo !== undefined && { repo }),
      ...(reporter && { actor: reporter }),
    },
  };
}
