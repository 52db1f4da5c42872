import { type AdfMark, type AdfNode, attribute } from './adf.js';
import { toAdf } from './markdown.js';

// Jira Data Center's text formatting notation, both ways, as far as it is written and read here.

/** What is written for people in Markdown, as Data Center shows it. */
export function toWiki(markdown: string): string {
  return toAdf(markdown)
    .content.map((node) => block(node, ''))
    .join('\n\n');
}

function block(node: AdfNode, bullets: string): string {
  const content = node.content ?? [];
  switch (node.type) {
    case 'heading':
      return `h${attribute(node, 'level')}. ${inline(content)}`;
    case 'codeBlock':
      return `{code${language(node)}}\n${content.map(({ text }) => text ?? '').join('')}\n{code}`;
    case 'rule':
      return '----';
    case 'blockquote':
      return `{quote}\n${content.map((one) => block(one, '')).join('\n')}\n{quote}`;
    case 'bulletList':
    case 'orderedList':
      return content.map((item) => listItem(item, bullets + (node.type === 'bulletList' ? '*' : '#'))).join('\n');
    default:
      return inline(content);
  }
}

function listItem({ content = [] }: AdfNode, bullets: string): string {
  const [first, ...below] = content;
  const own = `${bullets} ${first ? inline(first.content ?? []).replace(/\n/g, '\\\\ ') : ''}`;
  return [own, ...below.map((node) => block(node, bullets))].join('\n');
}

function language(node: AdfNode): string {
  const named = attribute(node, 'language');
  return named ? `:${named}` : '';
}

function inline(nodes: readonly AdfNode[]): string {
  return nodes.map(leaf).join('');
}

function leaf({ type, text = '', marks = [] }: AdfNode): string {
  if (type === 'hardBreak') return '\n';
  const has = (name: string): AdfMark | undefined => marks.find((mark) => mark.type === name);
  const link = has('link');
  let shown = escapeWiki(text);
  if (has('code')) shown = `{{${shown}}}`;
  if (has('strong')) shown = `*${shown}*`;
  if (has('em')) shown = `_${shown}_`;
  return link ? `[${shown}|${attribute(link, 'href')}]` : shown;
}

/** What the notation would read as markup; a dash or an underscore inside of a word is none. */
function escapeWiki(text: string): string {
  return text
    .replace(/[{}[\]|*^~+]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])[_-](?=\S)|(?<=\S)[_-](?![\p{L}\p{N}])/gu, '\\$&')
    .replace(/^(h[1-6]\.|bq\.|#)/, '\\$1');
}

/** What people write in Data Center, as triage reads it. */
export function fromWiki(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/(\{(?:code|noformat)(?::[^}\n]*)?\}[\s\S]*?\{(?:code|noformat)\})/)
    .map((part, index) => (index % 2 === 1 ? fenced(part) : prose(part)))
    .join('')
    .trim();
}

function fenced(part: string): string {
  const [, named = '', inner = ''] =
    /^\{(?:code|noformat)(?::([^}\n]*))?\}\n?([\s\S]*?)\n?\{(?:code|noformat)\}$/.exec(part) ?? [];
  return `\`\`\`${/^\w+$/.test(named) ? named : ''}\n${inner}\n\`\`\``;
}

function prose(text: string): string {
  return text.split('\n').map(proseLine).join('\n');
}

function proseLine(line: string): string {
  const heading = /^\s*h([1-6])\.\s+(.*)$/.exec(line);
  if (heading) return `${'#'.repeat(Number(heading[1]))} ${spans(heading[2] ?? '')}`;
  if (/^\s*-{4,}\s*$/.test(line)) return '---';
  const item = /^\s*([*#-]+)\s+(.*)$/.exec(line);
  if (!item) return spans(line.replace(/^\s*bq\.\s+/, '> ').replace(/\{quote\}/g, ''));
  const bullets = item[1] ?? '*';
  return `${'  '.repeat(bullets.length - 1)}${bullets.endsWith('#') ? '1.' : '-'} ${spans(item[2] ?? '')}`;
}

/** Escapes are put aside first, so that what they protect is not taken for markup. */
function spans(text: string): string {
  const kept: string[] = [];
  const masked = text.replace(/\\([!-/:-@[-`{-~])/g, (_whole, character: string) => {
    kept.push(character);
    return '\u0000';
  });
  return masked
    .replace(/\{\{(.{1,500}?)\}\}/g, '`$1`')
    .replace(/\{color[^}]{0,50}\}/g, '')
    .replace(/\[([^\]|]{1,500})\|([^\]|\s]{1,2000})(?:\|[^\]]{0,200})?\]/g, '[$1]($2)')
    .replace(/\[(https?:[^\]|\s]{1,2000})\]/g, '$1')
    .replace(/\[~([^\]]{1,200})\]/g, '@$1')
    .replace(/!([^!\s|]{1,200}\.\w{2,5})(?:\|[^!]{0,200})?!/g, '![$1](attachment:$1)')
    .replace(/(?<![\p{L}\p{N}*])\*(?=[^\s*])(.{1,500}?)(?<=\S)\*(?![\p{L}\p{N}*])/gu, '**$1**')
    .replace(/\u0000/g, () => kept.shift() ?? '');
}
