import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { LANGUAGES, ToolInput } from '../schemas/tool.js';
import { type Answer, done, Failed, shortened } from './answer.js';
import { named, present } from './place.js';
import { filesOf, ripgrep } from './ripgrep.js';

const CHARACTERS = 30_000;
const LINE_CHARACTERS = 300;
const PER_FILE = 100;
const MATCHES = 300;
const MATCH_LINES = 6;
const PARSED_FILES = 10_000;
const PARSED_BYTES = 1_000_000;

type Language = (typeof LANGUAGES)[number];

const FILES: Readonly<Record<Language, string>> = {
  typescript: '*.{ts,mts,cts}',
  tsx: '*.{tsx,jsx}',
  javascript: '*.{js,mjs,cjs}',
  python: '*.py',
  html: '*.{html,htm}',
  css: '*.css',
};

export async function search(root: string, input: ToolInput<'search'>): Promise<Answer> {
  const paths = input.paths.map(named);
  for (const one of paths) await present(root, one);
  return input.kind === 'text' ? textSearch(root, input, paths) : syntaxSearch(root, input, paths);
}

async function textSearch(root: string, input: ToolInput<'search'>, paths: readonly string[]): Promise<Answer> {
  const { pattern, glob, ignoreCase, context, ignored } = input;
  const args = [
    ...['--heading', '--with-filename', '--line-number', `--max-count=${PER_FILE}`, `--context=${context}`],
    ...[`--max-columns=${LINE_CHARACTERS}`, '--max-columns-preview', ...(ignoreCase ? ['--ignore-case'] : [])],
    ...(glob === undefined ? [] : [`--glob=${glob}`]),
    `--regexp=${pattern}`,
  ];
  const { text, cut, exitCode, stderr } = await ripgrep({ root, args, paths, ignored, characters: CHARACTERS });
  if (exitCode > 1 && text === '') throw new Failed(`the search failed: ${stderr.trim()}`);
  if (text === '') return done(nothing(ignored));
  const whole = cut ? text.slice(0, text.lastIndexOf('\n')) : text.trimEnd();
  return done(`${whole.replace(/^\.\//gm, '')}${cut ? '\n[there is more: narrow it by paths, glob or pattern]' : ''}`);
}

async function syntaxSearch(root: string, input: ToolInput<'search'>, paths: readonly string[]): Promise<Answer> {
  const { pattern, language = 'typescript', glob, ignored } = input;
  const find = await finder(language, pattern);
  const { files } = await filesOf({ root, paths, ignored, glob: glob ?? FILES[language] });
  const blocks: string[] = [];
  let [matches, characters] = [0, 0];
  for (const file of files.slice(0, PARSED_FILES)) {
    const source = await sourceOf(path.join(root, file));
    const found = source === undefined ? [] : find(source);
    if (found.length === 0) continue;
    const block = [file, ...found.slice(0, PER_FILE).map(shownMatch)].join('\n');
    matches += found.length;
    characters += block.length;
    if (matches > MATCHES || characters > CHARACTERS) {
      blocks.push('[there is more: narrow it by paths, glob or pattern]');
      break;
    }
    blocks.push(block);
  }
  if (files.length > PARSED_FILES)
    blocks.push(`[only the first ${PARSED_FILES} files of ${files.length} were searched]`);
  return done(blocks.length === 0 ? nothing(ignored) : blocks.join('\n\n'));
}

function nothing(ignored: boolean): string {
  return `nothing matches${ignored ? '' : '; what git ignores was not searched'}`;
}

interface Match {
  readonly line: number;
  readonly text: string;
}

function shownMatch({ line, text }: Match): string {
  const lines = text.split('\n');
  const shown = lines.slice(0, MATCH_LINES).map((one, index) => `${line + index}:${shortened(one, LINE_CHARACTERS)}`);
  return [...shown, ...(lines.length > MATCH_LINES ? [`[${lines.length - MATCH_LINES} more lines]`] : [])].join('\n');
}

async function sourceOf(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found || found.size > PARSED_BYTES) return undefined;
  return readFile(file, 'utf8').catch(() => undefined);
}

/** Loaded when it is needed: most batches never parse anything, and all of them wait for what is loaded. */
async function finder(language: Language, pattern: string): Promise<(source: string) => Match[]> {
  const { Lang, parse, registerDynamicLanguage } = await import('@ast-grep/napi');
  if (language === 'python') {
    registerDynamicLanguage({ python: createRequire(import.meta.url)('@ast-grep/lang-python') });
  }
  const known = {
    typescript: Lang.TypeScript,
    tsx: Lang.Tsx,
    javascript: Lang.JavaScript,
    html: Lang.Html,
    css: Lang.Css,
  };
  const lang = language === 'python' ? language : known[language];
  // Parsing is what takes long, and where a word of the pattern is missing there is nothing to find.
  const words = pattern.replace(/\$+[A-Z_][A-Z0-9_]*/g, ' ').match(/\w{2,}/g) ?? [];
  const find = (source: string) =>
    parse(lang, source)
      .root()
      .findAll(pattern)
      .map((node) => ({ line: node.range().start.line + 1, text: node.text() }));
  try {
    find('');
  } catch (error) {
    throw new Failed(`the pattern is not one piece of ${language}: ${(error as Error).message.slice(0, 500)}`);
  }
  return (source) => (words.every((word) => source.includes(word)) ? find(source) : []);
}
