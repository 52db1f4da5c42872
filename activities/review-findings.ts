import { posix } from 'node:path';
import type { Finding } from '../schemas/finding.js';
import { parse, RefusedInput } from '../schemas/parse.js';
import type { ReadFindings, ReadFindingsInput } from '../schemas/review.js';
import { ReviewerOutput } from '../schemas/role-output.js';
import { permanent } from './failure.js';
import type { Blobs, ChangedFile, Depot } from './ports.js';
import { finding } from './review.js';

export interface ReviewFindingsPorts {
  readonly depot: Pick<Depot, 'diff' | 'list' | 'read'>;
  readonly blobs: Pick<Blobs, 'get'>;
}

type Remark = ReviewerOutput['findings'][number];

interface Place {
  /** The whole line that was quoted, spaces made equal. */
  readonly text: string;
  /** Undefined when the change removed it. */
  readonly line?: number;
  /** It is one of those that changed since the lens last reported. */
  readonly fresh: boolean;
}

interface Located {
  readonly remark: Remark;
  readonly path: string;
  readonly place: Place | undefined;
}

/** A quote that is only a part of a line must be this long to be taken for it. */
const PARTIAL_QUOTE = 8;
/** A line with fewer letters and digits says nothing of its own: there may be many like it. */
const TELLING_CHARACTERS = 4;

const RISKS = { must: 'high', should: 'medium', note: 'low' } as const;
const SEVERITIES = ['note', 'should', 'must'] as const;

export function createReviewFindingsActivities({ depot, blobs }: ReviewFindingsPorts) {
  return {
    /**
     * What a reviewer handed in, as findings. A remark keeps its id as long as its lens quotes the same line of the same
     * file, wherever the line has moved and however the remark is worded. Judgements of findings that this reviewer was
     * not asked about are dropped.
     */
    async readFindings(input: ReadFindingsInput): Promise<ReadFindings> {
      const { repo, lens, from, since, to, bar, asked } = input;
      const output = read(await blobs.get(input.output));
      const whole = byPath(await depot.diff(repo, from, to));
      const fresh = since === undefined ? whole : byPath(await depot.diff(repo, since, to));
      // A path that a model names is looked up here before git is given it.
      const inTree = new Set(await depot.list(repo, to));
      const located = await Promise.all(
        output.findings.map(async (remark): Promise<Located> => {
          const path = posix.normalize(remark.path);
          const text = (inTree.has(path) && (await depot.read(repo, to, path))) || '';
          return { remark, path, place: placeOf(remark.quote, text, whole.get(path), fresh.get(path)) };
        }),
      );
      const isOver = (remark: Remark) => SEVERITIES.indexOf(remark.severity) >= SEVERITIES.indexOf(bar);
      const found = located.map((each) => {
        const inChange = whole.has(each.path) || fresh.has(each.path);
        const late = since !== undefined && !(each.place ? each.place.fresh : fresh.has(each.path));
        return { late, finding: toFinding(each, lens, inChange && isOver(each.remark), inChange) };
      });
      const findings = merged(found.map((each) => each.finding));
      return {
        findings,
        late: findings
          .filter(({ id }) => found.every((each) => each.late || each.finding.id !== id))
          .map(({ id }) => id),
        earlier: output.earlier.filter((judgement) => asked.includes(judgement.finding)),
        risk: output.risk,
        riskBecause: output.riskBecause,
        unmatched: located.filter(({ remark, place }) => remark.quote.trim() !== '' && !place).length,
      };
    },
  };
}

export type ReviewFindingsActivities = ReturnType<typeof createReviewFindingsActivities>;

function read(bytes: Buffer): ReviewerOutput {
  try {
    return parse(ReviewerOutput, JSON.parse(bytes.toString()), 'what the reviewer handed in');
  } catch (error) {
    if (error instanceof RefusedInput || error instanceof SyntaxError) throw permanent('BadInput', error.message);
    throw error;
  }
}

function byPath(files: readonly ChangedFile[]): ReadonlyMap<string, ChangedFile> {
  return new Map(files.map((file) => [file.path, file]));
}

/** Undefined when it quotes nothing that is there, or nothing at all. What changed last is looked at first. */
function placeOf(
  quoted: string,
  text: string,
  whole: ChangedFile | undefined,
  fresh: ChangedFile | undefined,
): Place | undefined {
  const quote = plain(quoted.split('\n').find((line) => line.trim() !== '') ?? '');
  if (quote === '') return undefined;
  const freshLines = new Set(fresh?.addedLines.map(({ line }) => line));
  const inFile = text.split('\n').map((line, index) => ({ text: plain(line), line: index + 1 }));
  const addedLines = new Set(whole?.addedLines.map(({ line }) => line));
  const candidates: Place[] = [
    ...inFile.filter(({ line }) => freshLines.has(line)).map((each) => ({ ...each, fresh: true })),
    ...inFile
      .filter(({ line }) => addedLines.has(line) && !freshLines.has(line))
      .map((each) => ({ ...each, fresh: false })),
    ...(fresh?.removedLines ?? []).map((each) => ({ text: plain(each.text), fresh: true })),
    ...inFile
      .filter(({ line }) => !addedLines.has(line) && !freshLines.has(line))
      .map((each) => ({ ...each, fresh: false })),
    ...(whole?.removedLines ?? []).map((each) => ({ text: plain(each.text), fresh: false })),
  ];
  // Models copy the sign of the diff along with the line.
  const unsigned = plain(quote.replace(/^[+-]/, ''));
  return (
    candidates.find((each) => each.text === quote) ??
    candidates.find((each) => each.text === unsigned) ??
    candidates.find((each) => unsigned.length >= PARTIAL_QUOTE && each.text.includes(unsigned))
  );
}

function plain(line: string): string {
  return line.trim().replace(/\s+/g, ' ');
}

function toFinding(
  { remark, path, place }: Located,
  lens: ReadFindingsInput['lens'],
  blocks: boolean,
  inChange: boolean,
): Finding {
  const text = place?.text ?? plain(remark.quote);
  const telling = text.replace(/[^\p{L}\p{N}]/gu, '').length >= TELLING_CHARACTERS;
  const doubts = [
    ...(inChange ? [] : ['not a file of this change']),
    ...(place || remark.quote.trim() === '' ? [] : ['the quoted line was not found']),
  ];
  return finding({
    rule: `model-${lens}`,
    severity: blocks ? 'blocker' : 'note',
    path,
    line: place?.line === undefined ? undefined : { line: place.line, text },
    about: telling ? text : `${text}\0${plain(remark.claim).toLowerCase()}`,
    message: `${remark.claim}: ${remark.why}${doubts.map((doubt) => ` (${doubt})`).join('')}`,
    risk: inChange ? RISKS[remark.severity] : 'low',
  });
}

/** Remarks of one lens on one line are one finding: settled when all of them are. */
function merged(findings: readonly Finding[]): Finding[] {
  const byId = new Map<string, Finding>();
  for (const next of findings) {
    const known = byId.get(next.id);
    const graver = known?.severity === 'blocker' ? known : next;
    byId.set(next.id, known ? { ...graver, message: [known.message, next.message].join('; ') } : next);
  }
  return [...byId.values()];
}
