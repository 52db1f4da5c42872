import { type Block, INVISIBLE, section } from './blocks.js';

// Slack's own markup: foreign text made harmless in it, our Markdown put into it, and what people wrote taken out of it.

/** Characters that Slack would take for markup; a word joiner after them shows them as they are. */
const MARKS = /[*_~`]/g;
const JOINER = '\u2060';
/** One line of foreign text in a list or a sentence. */
const LINE = 300;
/** Below the 3,000 of a section. */
const PART = 2_800;

/** Foreign text on one line: it mentions nobody, links nowhere and changes no style. */
export function escaped(text: string, length = LINE): string {
  const line = text.replace(INVISIBLE, '').replace(/\s+/g, ' ').trim();
  const kept = line.length > length ? `${line.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…` : line;
  return entities(kept).replace(MARKS, `$&${JOINER}`);
}

/** Of something that Slack would else take for a mention or a link. */
function entities(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Inside of backticks. */
export function code(text: string): string {
  return `\`${
    entities(
      text
        .replace(INVISIBLE, '')
        .replace(/[\s`]+/g, ' ')
        .trim(),
    ) || ' '
  }\``;
}

export function link(url: string, text: string): string {
  const safe = /^https?:\/\/[^\s<>|]+$/.test(url);
  return safe ? `<${url.replace(/&/g, '&amp;')}|${escaped(text).replaceAll('|', '¦')}>` : escaped(text);
}

/** The Markdown of our comments, where foreign text is escaped by backslashes, as sections of mrkdwn. */
export function fromMarkdown(markdown: string): readonly Block[] {
  return parts(markdown.split('\n').map(fromLine)).map(section);
}

/** The same as bare text, for notifications. */
export function bare(markdown: string): string {
  const text = markdown.replace(/\*\*/g, '').replace(/`/g, '');
  return entities(text.replace(/\\([^\sA-Za-z0-9])/g, '$1'));
}

function fromLine(line: string): string {
  const item = /^(\s*)- (.*)$/.exec(line);
  const heading = /^#{1,6} (.*)$/.exec(line);
  if (item) return `${item[1]}• ${inline(item[2] ?? '')}`;
  return heading ? `*${inline(heading[1] ?? '')}*` : inline(line);
}

/** Code spans stay as they are; of the rest, what is escaped is text and two stars are one. */
function inline(line: string): string {
  return line
    .split(/(`[^`]*`|\\[^\sA-Za-z0-9]|\*\*)/)
    .map((piece) => {
      if (piece === '**') return '*';
      if (piece.startsWith('`')) return entities(piece);
      if (piece.startsWith('\\') && piece.length === 2) return entities(piece.slice(1)).replace(MARKS, `$&${JOINER}`);
      return entities(piece);
    })
    .join('');
}

/** Cut at the ends of lines. */
function parts(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  let part = '';
  for (const line of lines.flatMap(pieces)) {
    if (part.length + line.length + 1 > PART && part.trim() !== '') {
      found.push(part);
      part = '';
    }
    part = part === '' ? line : `${part}\n${line}`;
  }
  if (part.trim() !== '') found.push(part);
  return found.length > 0 ? found : [' '];
}

function pieces(line: string): readonly string[] {
  const count = Math.max(1, Math.ceil(line.length / PART));
  return Array.from({ length: count }, (_none, n) => line.slice(n * PART, (n + 1) * PART));
}

/** What a person wrote, as everywhere else: without Slack's escapes and without mentions of `self`. */
export function toPlain(text: string, self?: string): string {
  return text
    .replace(/<@([UW][A-Z0-9]+)(?:\|([^>]*))?>/g, (_whole, id: string, name?: string) =>
      id === self ? '' : `@${name || id}`,
    )
    .replace(/<#(C[A-Z0-9]+)(?:\|([^>]*))?>/g, (_whole, id: string, name?: string) => `#${name || id}`)
    .replace(/<!([^|>]+)(?:\|([^>]*))?>/g, (_whole, what: string, shown?: string) => shown || `@${what}`)
    .replace(/<([a-z]+:[^|>]+)(?:\|([^>]*))?>/g, (_whole, url: string, shown?: string) =>
      shown && shown !== url ? `${shown} (${url})` : url,
    )
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .trim();
}
