import { createHash } from 'node:crypto';
import type { Alert } from '../schemas/alert.js';
import { packTerms, type Signature } from '../schemas/signature.js';
import type { ItemSource } from '../schemas/work-item.js';
import { contrastsOf, termsOf } from './terms.js';

// What identifies a fault in what somebody or something wrote about it. Pure: equal texts give equal signatures.

const TEXT_CHARACTERS = 40_000;
const MOST = 12;
const FRAMES = 3;
/** Fewer words in a message are an error that any code may have. */
const TELLING_WORDS = 4;

export interface Described {
  readonly key: string;
  readonly source: ItemSource;
  readonly title: string;
  readonly text: string;
  readonly alert?: Alert | undefined;
}

export function signatureOf({ key, source, title, text, alert }: Described): Signature {
  const written = `${title}\n${text}`.slice(0, TEXT_CHARACTERS);
  const references = referencesIn(title, written).filter(({ to }) => to !== itemKey(key));
  const of = (how: Reference['how']) => unique(references.flatMap((one) => (one.how === how ? [one.to] : [])));
  const thrown = errorsIn(written);
  return {
    keys: unique([
      itemKey(key),
      ...(source.url === undefined ? [] : [linkKey(source.url)]),
      ...(alert ? [`alert:${source.kind}:${hash(alert.fingerprint)}`] : []),
      ...(alert?.group === undefined ? [] : [`group:${source.kind}:${hash(alert.group)}`]),
      ...of('same'),
    ]),
    traces: unique(thrown.flatMap(({ trace }) => (trace === undefined ? [] : [trace]))),
    errors: unique(thrown.flatMap(({ error }) => (error === undefined ? [] : [error]))),
    mentions: of('named'),
    unlike: of('unlike'),
    contrasts: contrastsOf(written),
    terms: packTerms(termsOf(title, text)),
  };
}

export function itemKey(key: string): string {
  return `item:${key.toLowerCase()}`;
}

interface Reference {
  readonly to: string;
  readonly how: 'same' | 'named' | 'unlike';
}

const SAME =
  /\b(same\s+(?:\w+\s+)?as|dup(?:licate|e)?s?(?:\s+of)?|(?:reported|tracked|filed|known|raised)\s+(?:already\s+)?(?:in|as|at|under|here))[\s:("'[]{0,5}$/i;
const UNLIKE =
  /\b(not\s+(?:\w+\s+){0,2}same\s+(?:\w+\s+)?as|unlike|different\s+(?:\w+\s+)?(?:from|than|to)|(?:un|not\s+)related\s+to|not\s+(?:a\s+)?dup\w*(?:\s+of)?|separate\s+from)[\s:("'[]{0,5}$/i;
/** Pages of one error or incident: who links the same one tells of the same fault. */
const FAULT_PAGE =
  /^(?:[\w.-]*sentry[\w.-]*\/.*issues\/\d+|[\w.-]*pagerduty[\w.-]*\/incidents\/\w+|[\w.-]*(?:rollbar|bugsnag|honeybadger|datadoghq)[\w.-]*\/.*\/\d{4,})/;

function referencesIn(title: string, written: string): Reference[] {
  const found: Reference[] = [];
  const looked = (at: number) => written.slice(Math.max(0, at - 60), at);
  const howAt = (at: number): Reference['how'] => {
    const before = looked(at);
    if (UNLIKE.test(before)) return 'unlike';
    // What a title begins with is what it is about.
    const heads = at < title.length && /^\s*(?:re:\s*)?[[(]?\s*$/i.test(written.slice(0, at));
    return heads || SAME.test(before) ? 'same' : 'named';
  };
  for (const match of written.matchAll(/https?:\/\/[^\s<>"')\]]{4,400}/g)) {
    const link = linkOf(match[0]);
    const ticket = /(?:\/browse\/|\/issue\/)([A-Z][A-Z0-9]{1,9}-\d{1,7})/i.exec(link)?.[1];
    const [, owner, repo, number] =
      /^[\w.-]+\/([\w.-]+)\/([\w.-]+)\/(?:-\/)?(?:issues|pull)\/(\d{1,9})/.exec(link) ?? [];
    if (FAULT_PAGE.test(link)) found.push({ to: `link:${link}`, how: 'same' });
    else if (ticket) found.push({ to: itemKey(ticket), how: howAt(match.index) });
    else if (owner && repo) found.push({ to: itemKey(`${owner}.${repo}-${number}`), how: howAt(match.index) });
    else if (/\d{3}/.test(link)) found.push({ to: `link:${link}`, how: howAt(match.index) });
  }
  for (const match of written.matchAll(/(?<![\w/-])[A-Z][A-Z0-9]{1,9}-\d{1,7}\b/g)) {
    if (!/^(?:UTF|SHA|ISO|RFC|CVE|TLS|HTTP|COVID|UTC|GMT)-/.test(match[0]))
      found.push({ to: itemKey(match[0]), how: howAt(match.index) });
  }
  for (const match of written.matchAll(/(?<![\w/])([\w.-]{1,39})\/([\w.-]{1,100})#(\d{1,9})\b/g)) {
    found.push({ to: itemKey(`${match[1]}.${match[2]}-${match[3]}`), how: howAt(match.index) });
  }
  return found.slice(0, 40);
}

function linkKey(url: string): string {
  return `link:${linkOf(url)}`;
}

/** Without what differs from one visit to the next. */
function linkOf(url: string): string {
  return url
    .replace(/^https?:\/\//i, '')
    .replace(/[?#].*$/, '')
    .replace(/[/.,;:]+$/, '')
    .toLowerCase();
}

interface Thrown {
  readonly trace?: string;
  readonly error?: string;
}

const ERROR_LINE =
  /^(?:.{0,80}?\b(?:Uncaught|Unhandled|Caused by:?|panic:|Exception in thread "[^"]{0,60}")\s*)?[\s`"'>|]*((?:[A-Za-z_][\w]*[.:]{1,2})*[A-Z]\w*(?:Error|Exception|Failure|Fault|Timeout|Panic))\s*[:(]\s*(.{3,400})$/;

/** Error lines, each with the frames of the code's own files around it. */
function errorsIn(text: string): Thrown[] {
  const lines = text.split(/\r?\n/).slice(0, 2_000);
  const found: Thrown[] = [];
  for (const [at, line] of lines.entries()) {
    const [, type, message] = ERROR_LINE.exec(line.slice(0, 600)) ?? [];
    if (!type || !message) continue;
    const bare = type.split(/[.:]+/).at(-1) ?? type;
    const normal = normalMessage(message);
    const telling = normal.split(' ').filter((word) => /^[a-z]{2}/.test(word)).length >= TELLING_WORDS;
    const frames = framesAround(lines, at);
    found.push({
      ...(telling && { error: hash(`${bare}|${normal}`) }),
      ...(frames.length > 0 && { trace: hash(`${bare}|${frames.join('|')}`) }),
    });
  }
  return found.slice(0, MOST);
}

/** Above the line in Python, below it in most other languages. */
function framesAround(lines: readonly string[], at: number): string[] {
  const below = lines.slice(at + 1, at + 40).map(frameOf);
  const end = below.findIndex((frame, n) => frame === undefined && n > 1);
  const own = (end < 0 ? below : below.slice(0, end)).filter((frame) => frame !== undefined && frame !== '');
  if (own.length > 0) return own.slice(0, FRAMES) as string[];
  const above = lines
    .slice(Math.max(0, at - 40), at)
    .reverse()
    .map(frameOf);
  return above.filter((frame): frame is string => frame !== undefined && frame !== '').slice(0, FRAMES);
}

const LIBRARY =
  /node_modules|node:|site-packages|dist-packages|\/usr\/lib|internal\/|^(?:java|javax|sun|jdk|kotlin|org\.springframework)\./;

/** `file:function` without its line; empty for a frame of a library; undefined for a line that is none. */
function frameOf(line: string): string | undefined {
  const script =
    /^\s*at (?:async )?(?:(.{1,120}?) \()?((?:file:\/\/|https?:\/\/)?[^\s()]{1,300}?):\d+(?::\d+)?\)?$/.exec(line);
  const python = /^\s*File "([^"]{1,300})", line \d+(?:, in (\S{1,120}))?/.exec(line);
  const java = /^\s*at ([\w.$]{1,200})\.([\w$<>]{1,120})\((?:[\w$]+\.\w+:\d+|Native Method)\)/.exec(line);
  const [file, name] = script
    ? [script[2], script[1]]
    : python
      ? [python[1], python[2]]
      : java
        ? [java[1], java[2]]
        : [];
  if (file === undefined) return undefined;
  if (LIBRARY.test(file)) return '';
  return `${file.split('/').slice(-2).join('/')}:${(name ?? '').replace(/<anonymous>/, '')}`.toLowerCase();
}

/** Files of stack frames as they are written, for routing. */
export function filesOfFrames(text: string): string[] {
  const files = text
    .slice(0, TEXT_CHARACTERS)
    .split(/\r?\n/)
    .flatMap((line) => {
      const match =
        /^\s*at .{0,200}?\(?((?:file:\/\/)?[^\s()]{1,300}?):\d+(?::\d+)?\)?$/.exec(line) ??
        /^\s*File "([^"]{1,300})", line \d+/.exec(line);
      return match?.[1] === undefined || LIBRARY.test(match[1]) ? [] : [match[1].replace(/^file:\/\//, '')];
    });
  return unique(files);
}

/** What stays the same from one occurrence to the next. */
function normalMessage(message: string): string {
  return message
    .toLowerCase()
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, ' ')
    .replace(/\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b/g, ' ')
    .replace(/https?:\/\/\S+|\/[\w./-]{3,}/g, ' ')
    .replace(/\d+/g, ' ')
    .replace(/[^a-z_$]+/g, ' ')
    .trim();
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].slice(0, MOST);
}
