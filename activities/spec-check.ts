import type { WorkItem } from '../schemas/work-item.js';
import { wordsOf } from './relevance.js';

// Looks at an item's words before anybody works on it. Simple rules that err on the side of silence: a remark that is
// wrong costs more trust than one that is missing.

export type SpecFault =
  | 'no-criterion'
  | 'vague'
  | 'no-unit'
  | 'undefined-term'
  /** One statement demands what another forbids. */
  | 'contradiction';

export interface SpecRemark {
  readonly fault: SpecFault;
  /** The statement, as the reporter wrote it. */
  readonly text: string;
  readonly problem: string;
}

export interface SpecCheck {
  /** Share of the statements without a remark, from 0 to 1; 0 when nothing is demanded or nothing can be checked. */
  readonly score: number;
  readonly remarks: readonly SpecRemark[];
}

export type Spec = Pick<WorkItem, 'problem' | 'expected' | 'acceptance'>;

/** The self-check of a specification. `terms` are names that the repo defines: of modules, of files. */
export function checkSpec(spec: Spec, terms: readonly string[] = []): SpecCheck {
  const requirements = statementsOf(spec.expected);
  const criteria = spec.acceptance.map((text) => text.trim()).filter(Boolean);
  const all = [...new Set([...requirements, ...criteria])];
  const known = knownTerms([spec.problem, ...all].join('\n'), terms);
  const remarks = [
    ...uncovered(requirements, criteria).map(noCriterion),
    ...criteria.flatMap(vague),
    ...all.flatMap(noUnit),
    ...all.flatMap((text) => undefinedTerms(text, known)),
    ...contradictions(all),
  ];
  const faulty = new Set(remarks.map(({ text }) => text));
  const score = criteria.length === 0 ? 0 : 1 - faulty.size / all.length;
  return { score: Math.round(score * 100) / 100, remarks };
}

/** Sentences that demand something, or all of them where none says so. */
function statementsOf(text: string): string[] {
  const sentences = text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.replace(/^[-*#>\s]+/, '').trim())
    .filter((sentence) => /[a-z]{3}/i.test(sentence));
  const demanding = sentences.filter((sentence) =>
    /\b(?:must|shall|should|needs? to|has to|have to)\b/i.test(sentence),
  );
  return demanding.length > 0 ? demanding : sentences;
}

/** Requirements that no criterion is about. One word in common is enough: a criterion may speak of one case alone. */
export function uncovered(requirements: readonly string[], criteria: readonly string[]): string[] {
  const told = new Set(criteria.flatMap((criterion) => [...keysOf(criterion)]));
  return requirements.filter((requirement) => {
    const keys = [...keysOf(requirement)];
    return keys.length > 0 && !keys.some((key) => told.has(key));
  });
}

/** The beginnings of words, so that "billable" meets "billed"; and abbreviations. */
function keysOf(text: string): Set<string> {
  const words = [...wordsOf(text)].map((word) => word.slice(0, 4));
  const short = text.match(/(?:(?<![A-Za-z])[A-Z]{2,3}|\.[a-z]{2,3})(?![A-Za-z])/g) ?? [];
  return new Set([...words, ...short.map((term) => term.replace('.', '').toLowerCase())]);
}

function noCriterion(text: string): SpecRemark {
  return { fault: 'no-criterion', text, problem: 'no acceptance criterion is about it' };
}

const VAGUE = [
  /\bas (?:appropriate|needed|necessary|required|expected|usual|soon as possible|possible)\b/i,
  /\b(?:user[- ]?friendly|intuitive(?:ly)?|seamless(?:ly)?|robust(?:ly)?|graceful(?:ly)?|elegant(?:ly)?|flexible|easy to use|easily)\b/i,
  /\b(?:nice(?:ly)?|good|better|best|great|clean(?:ly)?|proper(?:ly)?|correct(?:ly)?|sensible|sensibly|reasonabl[ey]|adequate(?:ly)?|appropriate(?:ly)?|suitabl[ey])\b/i,
  /\b(?:fast(?:er)?|quick(?:ly|er)?|slow(?:er)?|efficient(?:ly)?|performant|scalable|responsive|optimal(?:ly)?|modern)\b/i,
  /\b(?:several|many|various|some kind of|a lot of|and so on|and more)\b|\betc\b|\band\/or\b/i,
  /\b(?:if possible|where possible|ideally|hopefully|normally|usually|tbd|tba)\b/i,
  // "Works" says nothing alone; "works offline with 3 items" says a case.
  /\bworks?(?=\s*(?:[.!;,]|$)|\s+(?:fine|well|again|now|right)\b)/i,
];

function vague(text: string): SpecRemark[] {
  const found = vagueWord(text);
  return found === undefined
    ? []
    : [{ fault: 'vague', text, problem: `"${found}" can't be observed: say what is to be seen, with a value` }];
}

/** The first word of a text that nobody can check; what stands in quotes is an example and is left out. */
export function vagueWord(text: string): string | undefined {
  const plain = unquoted(text);
  for (const pattern of VAGUE) {
    const match = pattern.exec(plain);
    if (match) return match[0].trim();
  }
  return undefined;
}

/** Only a bound is looked at: a number without a unit elsewhere counts things that its sentence names. */
const BOUND =
  /\b(?:within|under|below|at (?:most|least)|(?:less|more|fewer|faster|slower) than|up to|timeout of|no later than) (\d[\d,.]*\d|\d)(?=\s*(?:[.;,!?)]?\s*$|[.;,!?)]\s))/gi;

function noUnit(text: string): SpecRemark[] {
  return [...unquoted(text).matchAll(BOUND)].map((match) => ({
    fault: 'no-unit',
    text,
    problem: `"${match[0]}": ${match[1]} of what? Name the unit`,
  }));
}

const COMMON_TERMS = new Set(
  'AND API APIs ASCII AWS CI CLI CPU CRUD CSS CSV DELETE DNS DO EOF EU FAQ FIFO GB GDPR GET GIF GMT GPU GUI HEAD HTML HTTP HTTPS ID IDs IO IP ISO JPEG JPG JS JSON JWT KB LRU MB MD MIME MUST NO NOT OK OR OS PATCH PDF PII PNG POST PR PUT RAM RFC SDK SHA SHALL SHOULD SQL SSH SSL SVG TCP TLS TODO TS TSV TTL TXT UDP UI UK URI URL URLs US USB UTC UTF UUID UX VAT VM WAL WILL XML YAML ZIP EUR USD GBP CHF'.split(
    ' ',
  ),
);

/** Terms that the item itself or the repo explains. */
function knownTerms(text: string, terms: readonly string[]): Set<string> {
  const explained = [...text.matchAll(/\(([A-Z]{2,6}s?)\)|\b([A-Z]{2,6}s?) \(/g)].map(([, one, other]) => one ?? other);
  const words = terms.flatMap((term) => term.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/)).map((word) => word.toUpperCase());
  return new Set([...COMMON_TERMS, ...words, ...explained.filter((term) => term !== undefined)]);
}

function undefinedTerms(text: string, known: ReadonlySet<string>): SpecRemark[] {
  // A key such as ENG-7 and a constant such as MAX_SIZE are names, not abbreviations.
  const found = unquoted(text).match(/(?<![\w-])[A-Z]{2,6}s?(?![\w-])/g) ?? [];
  const isShouted = !/[a-z]/.test(text);
  return [...new Set(isShouted ? [] : found)]
    .filter((term) => !known.has(term) && !known.has(term.replace(/s$/, '')))
    .map((term) => ({ fault: 'undefined-term', text, problem: `"${term}" is explained nowhere` }));
}

const DEMAND = /^(.{2,80}?)\s+(must|shall|should|may|can|will)(\s+not|n't|not)?\s+(.{2,200}?)[.!]?$/i;

/** Same subject and same words after it, once demanded and once forbidden. */
function contradictions(texts: readonly string[]): SpecRemark[] {
  const seen = new Map<string, { readonly text: string; readonly negated: boolean }>();
  return texts.flatMap((text): SpecRemark[] => {
    const match = DEMAND.exec(text.replace(/\bmustn't\b/gi, 'must not').replace(/\bcannot\b/gi, 'can not'));
    if (!match) return [];
    const [, subject = '', , not, rest = ''] = match;
    const key = [subject, rest]
      .map((part) =>
        part
          .toLowerCase()
          .replace(/\b(?:the|an?)\s+/g, '')
          .trim(),
      )
      .join(' | ');
    const before = seen.get(key);
    const negated = not !== undefined;
    if (!before) seen.set(key, { text, negated });
    if (!before || before.negated === negated) return [];
    return [{ fault: 'contradiction', text, problem: `contradicts "${before.text}"` }];
  });
}

function unquoted(text: string): string {
  return text.replace(/`[^`]*`|"[^"]*"|“[^”]*”/g, '“”');
}
