import { type AdfMark, type AdfNode, attribute } from './adf.js';

// Text within a line, both ways: Markdown and ADF's text nodes with marks.

const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;
const HARD_BREAK: AdfNode = { type: 'hardBreak' };

/** A line break in Markdown is one here: comments are written line by line. */
export function parseInline(text: string): AdfNode[] {
  const lines = text.split('\n').map((line) => joined(parseLine(line.replace(/(?: {2,}|\\)$/, ''), [])));
  return lines.flatMap((line, index) => (index === 0 ? line : [HARD_BREAK, ...line]));
}

function parseLine(text: string, marks: readonly AdfMark[]): AdfNode[] {
  const nodes: AdfNode[] = [];
  const plain = (content: string) => nodes.push(textNode(content, marks));
  for (let at = 0; at < text.length; ) {
    const found = escaped(text, at) ?? codeSpan(text, at) ?? link(text, at) ?? emphasis(text, at);
    if (!found) {
      plain(text[at] ?? '');
      at += 1;
      continue;
    }
    if (!found.mark) plain(found.content);
    else if (found.mark.type === 'code') {
      // Of the other marks, ADF allows only a link beside it.
      nodes.push(textNode(found.content, [...marks.filter(({ type }) => type === 'link'), found.mark]));
    } else nodes.push(...parseLine(found.content, withMark(marks, found.mark)));
    at = found.end;
  }
  return nodes;
}

function withMark(marks: readonly AdfMark[], mark: AdfMark): readonly AdfMark[] {
  return marks.some(({ type }) => type === mark.type) ? marks : [...marks, mark];
}

interface Found {
  readonly content: string;
  readonly end: number;
  readonly mark?: AdfMark;
}

function escaped(text: string, at: number): Found | undefined {
  const next = text[at + 1];
  return text[at] === '\\' && next && PUNCTUATION.test(next) ? { content: next, end: at + 2 } : undefined;
}

function codeSpan(text: string, at: number): Found | undefined {
  const fence = /^`+/.exec(text.slice(at))?.[0];
  if (!fence) return undefined;
  const rest = text.slice(at + fence.length);
  const close = [...rest.matchAll(/`+/g)].find(([run]) => run === fence)?.index;
  if (!close) return undefined;
  const inner = rest.slice(0, close);
  const content = /^ .*[^ ].* $/.test(inner) ? inner.slice(1, -1) : inner;
  return { content, end: at + 2 * fence.length + close, mark: { type: 'code' } };
}

function link(text: string, at: number): Found | undefined {
  const found = /^\[((?:\\.|[^\\[\]])+)\]\((https?:\/\/[^\s()]+|mailto:[^\s()]+)\)/.exec(text.slice(at));
  if (!found?.[1]) return undefined;
  return { content: found[1], end: at + found[0].length, mark: { type: 'link', attrs: { href: found[2] } } };
}

function emphasis(text: string, at: number): Found | undefined {
  const sign = text.startsWith('**', at) ? '**' : /[*_]/.exec(text[at] ?? '')?.[0];
  if (!sign || /\s/.test(text[at + sign.length] ?? ' ')) return undefined;
  const isWord = (index: number) => WORD.test(text[index] ?? '');
  if (sign === '_' && isWord(at - 1)) return undefined;
  for (let end = at + sign.length; end < text.length; end++) {
    const skipped = escaped(text, end) ?? codeSpan(text, end) ?? link(text, end);
    if (skipped) end = skipped.end - 1;
    else if (text.startsWith(sign, end) && end > at + sign.length && !/\s/.test(text[end - 1] ?? '')) {
      if (sign === '*' && (text[end + 1] === '*' || text[end - 1] === '*')) continue;
      if (sign === '_' && isWord(end + 1)) continue;
      const mark = { type: sign === '**' ? 'strong' : 'em' };
      return { content: text.slice(at + sign.length, end), end: end + sign.length, mark };
    }
  }
  return undefined;
}

function textNode(text: string, marks: readonly AdfMark[]): AdfNode {
  return marks.length > 0 ? { type: 'text', text, marks } : { type: 'text', text };
}

/** Neighbours with equal marks are one node, as ADF's own editor writes them. */
function joined(nodes: readonly AdfNode[]): AdfNode[] {
  const all: AdfNode[] = [];
  for (const node of nodes) {
    const last = all.at(-1);
    if (last && isSameStyle(last, node)) all[all.length - 1] = { ...last, text: `${last.text}${node.text}` };
    else if (node.text) all.push(node);
  }
  return all;
}

function isSameStyle(one: AdfNode, other: AdfNode): boolean {
  return JSON.stringify(one.marks ?? []) === JSON.stringify(other.marks ?? []);
}

/** How text nodes and their likes look in Markdown. */
export function inlineText(nodes: readonly AdfNode[]): string {
  const parts: string[] = [];
  for (let at = 0; at < nodes.length; ) {
    const node = nodes[at];
    const mark = node && outermost(node);
    if (!node || !mark) {
      parts.push(node ? leafText(node) : '');
      at += 1;
      continue;
    }
    const end = nodes.findIndex((other, index) => index > at && !hasMark(other, mark));
    const run = nodes.slice(at, end < 0 ? nodes.length : end).map((one) => without(one, mark));
    parts.push(marked(inlineText(run), mark));
    at += run.length;
  }
  return parts.join('');
}

const ORDER = ['link', 'strong', 'em'];

function outermost({ marks = [] }: AdfNode): AdfMark | undefined {
  return ORDER.map((type) => marks.find((mark) => mark.type === type)).find(Boolean);
}

function hasMark({ marks = [] }: AdfNode, mark: AdfMark): boolean {
  return marks.some((one) => JSON.stringify(one) === JSON.stringify(mark));
}

function without(node: AdfNode, mark: AdfMark): AdfNode {
  return { ...node, marks: (node.marks ?? []).filter(({ type }) => type !== mark.type) };
}

/** Blanks at the edges stay outside: Markdown knows no emphasis that begins with one. */
function marked(text: string, mark: AdfMark): string {
  const [, before = '', inner = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? [];
  if (!inner) return text;
  if (mark.type === 'link') return `${before}[${inner}](${attribute(mark, 'href')})${after}`;
  const sign = mark.type === 'strong' ? '**' : '_';
  return `${before}${sign}${inner}${sign}${after}`;
}

function leafText(node: AdfNode): string {
  switch (node.type) {
    case 'text':
      return hasMark(node, { type: 'code' }) ? codeText(node.text ?? '') : escapeText(node.text ?? '');
    case 'hardBreak':
      return '\n';
    case 'inlineCard':
      return attribute(node, 'url');
    case 'media':
    case 'mediaInline':
      return `![${attribute(node, 'alt')}](attachment:${attribute(node, 'id')})`;
    case 'date':
      return new Date(Number(attribute(node, 'timestamp')) || 0).toISOString().slice(0, 10);
    default:
      return attribute(node, 'text') || attribute(node, 'shortName') || inlineText(node.content ?? []);
  }
}

function codeText(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^`|`$|^ .*[^ ].* $/.test(text) ? ' ' : '';
  return `${fence}${pad}${text}${pad}${fence}`;
}

/** Only what would be read as Markdown: names with underscores stay as people know them. */
function escapeText(text: string): string {
  return text
    .replace(/\\(?=[!-/:-@[-`{-~]|$)|[`*]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/\[(?=[^\]]*\]\()/g, '\\[');
}
