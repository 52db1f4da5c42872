import { type AdfDocument, type AdfNode, attribute } from './adf.js';
import { inlineText, parseInline } from './markdown-inline.js';

// Markdown to ADF and back, pure. What Signalbox writes comes back as it was; of what people write, what triage reads.

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+-]*)\s*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.+?)(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/;
const QUOTE = /^ {0,3}>\s?(.*)$/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])\s+(.*)$/;

export function toAdf(markdown: string): AdfDocument {
  const content = parseBlocks(markdown.replace(/\r\n?/g, '\n').split('\n'));
  return { type: 'doc', version: 1, content: content.length > 0 ? content : [{ type: 'paragraph', content: [] }] };
}

interface Block {
  readonly node: AdfNode;
  /** Lines that it takes. */
  readonly length: number;
}

function parseBlocks(lines: readonly string[]): AdfNode[] {
  const nodes: AdfNode[] = [];
  for (let at = 0; at < lines.length; ) {
    const rest = lines.slice(at);
    if (rest[0]?.trim() === '') {
      at += 1;
      continue;
    }
    const { node, length } = special(rest) ?? paragraph(rest);
    nodes.push(node);
    at += length;
  }
  return nodes;
}

function special(lines: readonly string[]): Block | undefined {
  const [line = ''] = lines;
  const heading = HEADING.exec(line);
  if (heading?.[1] && heading[2]) {
    const attrs = { level: heading[1].length };
    return { node: { type: 'heading', attrs, content: parseInline(heading[2]) }, length: 1 };
  }
  if (FENCE.test(line)) return codeBlock(lines);
  if (RULE.test(line)) return { node: { type: 'rule' }, length: 1 };
  if (QUOTE.test(line)) return quote(lines);
  return ITEM.test(line) ? list(lines) : undefined;
}

function codeBlock(lines: readonly string[]): Block {
  const [, fence = '', language = ''] = FENCE.exec(lines[0] ?? '') ?? [];
  const end = lines.findIndex((line, index) => index > 0 && line.trim() === fence);
  const inner = lines.slice(1, end < 0 ? lines.length : end).join('\n');
  const node: AdfNode = {
    type: 'codeBlock',
    ...(language && { attrs: { language } }),
    content: inner ? [{ type: 'text', text: inner }] : [],
  };
  return { node, length: end < 0 ? lines.length : end + 1 };
}

function quote(lines: readonly string[]): Block {
  const end = lines.findIndex((line) => !QUOTE.test(line));
  const quoted = lines.slice(0, end < 0 ? lines.length : end);
  const inner = parseBlocks(quoted.map((line) => QUOTE.exec(line)?.[1] ?? ''));
  const content = inner.flatMap(allowedInside);
  const node = { type: 'blockquote', content: content.length > 0 ? content : [{ type: 'paragraph', content: [] }] };
  return { node, length: quoted.length };
}

/** ADF has neither headings nor quotes nor rules in a quote or a list. */
function allowedInside(node: AdfNode): readonly AdfNode[] {
  if (node.type === 'blockquote') return node.content ?? [];
  if (node.type === 'heading') return [{ type: 'paragraph', content: node.content ?? [] }];
  return node.type === 'rule' ? [] : [node];
}

function list(lines: readonly string[]): Block {
  const first = ITEM.exec(lines[0] ?? '');
  const indent = first?.[1]?.length ?? 0;
  const isOrdered = /\d/.test(first?.[2] ?? '');
  const items: string[][] = [];
  let length = 0;
  for (const line of lines) {
    const item = ITEM.exec(line);
    const isNext = item?.[1]?.length === indent;
    if (isNext && /\d/.test(item?.[2] ?? '') !== isOrdered) break;
    if (isNext) items.push([item?.[3] ?? '']);
    else if (line.trim() === '' || line.search(/\S/) <= indent) break;
    else items.at(-1)?.push(line.slice(Math.min(line.search(/\S/), indent + (isOrdered ? 3 : 2))));
    length += 1;
  }
  const content = items.map((inner) => ({ type: 'listItem', content: itemContent(inner) }));
  const start = Number.parseInt(first?.[2] ?? '1', 10);
  const node: AdfNode = isOrdered
    ? { type: 'orderedList', ...(start !== 1 && { attrs: { order: start } }), content }
    : { type: 'bulletList', content };
  return { node, length };
}

/** An item begins with a paragraph. */
function itemContent(lines: readonly string[]): AdfNode[] {
  const next = lines.findIndex((line, index) => index > 0 && ITEM.test(line));
  const own = lines.slice(0, next < 0 ? lines.length : next);
  const below = next < 0 ? [] : parseBlocks(lines.slice(next)).flatMap(allowedInside);
  return [{ type: 'paragraph', content: parseInline(own.join('\n')) }, ...below];
}

function paragraph(lines: readonly string[]): Block {
  const end = lines.findIndex((line, index) => line.trim() === '' || (index > 0 && special([line]) !== undefined));
  const own = lines.slice(0, end < 0 ? lines.length : end);
  return { node: { type: 'paragraph', content: parseInline(own.join('\n')) }, length: own.length };
}

/** Takes whatever Atlassian may send: a text, a document, nothing. */
export function fromAdf(document: AdfDocument | AdfNode | string | null | undefined): string {
  if (typeof document === 'string') return document;
  return blocksText(document?.content ?? []).trim();
}

function blocksText(nodes: readonly AdfNode[]): string {
  return nodes
    .map(blockText)
    .filter((text) => text.trim() !== '')
    .join('\n\n');
}

function blockText(node: AdfNode): string {
  const content = node.content ?? [];
  switch (node.type) {
    case 'paragraph':
      return escapeStarts(inlineText(content));
    case 'heading':
      return `${'#'.repeat(Number(attribute(node, 'level')) || 1)} ${inlineText(content).replace(/#+$/, '\\$&')}`;
    case 'codeBlock':
      return codeText(content.map(({ text }) => text ?? '').join(''), attribute(node, 'language'));
    case 'rule':
      return '---';
    case 'blockquote':
      return prefixed(blocksText(content), '> ', '> ');
    case 'bulletList':
      return content.map((item) => prefixed(itemText(item), '- ', '  ')).join('\n');
    case 'orderedList':
      return content.map((item, n) => prefixed(itemText(item), `${firstNumber(node) + n}. `, '   ')).join('\n');
    case 'taskList':
    case 'decisionList':
      return content.map((item) => `- ${isDone(item) ? '[x]' : '[ ]'} ${inlineText(item.content ?? [])}`).join('\n');
    case 'tableRow':
      return content.map((cell) => blocksText(cell.content ?? []).replace(/\s+/g, ' ')).join(' | ');
    case 'table':
      return content.map(blockText).join('\n');
    case 'expand':
    case 'nestedExpand':
      return [`**${attribute(node, 'title')}**`, blocksText(content)].join('\n\n');
    case 'blockCard':
    case 'embedCard':
      return attribute(node, 'url');
    default:
      return content.some(({ type }) => type === 'text') || content.length === 0
        ? inlineText([node])
        : blocksText(content);
  }
}

function itemText({ content = [] }: AdfNode): string {
  return content.map(blockText).filter(Boolean).join('\n');
}

function codeText(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function firstNumber(node: AdfNode): number {
  return Number(attribute(node, 'order')) || 1;
}

function isDone(item: AdfNode): boolean {
  return attribute(item, 'state') === 'DONE';
}

function prefixed(text: string, first: string, next: string): string {
  return text
    .split('\n')
    .map((line, index) => `${index === 0 ? first : next}${line}`)
    .join('\n');
}

/** Text that only looks like a heading, a list or a quote stays text. */
function escapeStarts(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line.replace(/^(\s*)(#{1,6}\s|>|[-+]\s|-{3,}\s*$|~{3,})/, '$1\\$2').replace(/^(\s*\d+)([.)]\s)/, '$1\\$2'),
    )
    .join('\n');
}
