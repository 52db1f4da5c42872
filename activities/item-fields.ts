import type { MissingField } from '../schemas/work-item.js';

// Finds the parts of a work item in what a person wrote, by headings or by plain language. Nothing is guessed: what
// can't be found is asked.

export interface ItemFields {
  readonly problem: string;
  readonly expected: string;
  readonly acceptance: string[];
  readonly missing: readonly MissingField[];
}

const HEADINGS = {
  problem: /what happens|problem|actual|bug|observed|current|steps/i,
  expected: /should happen|expected|goal|wanted|desired/i,
  acceptance: /acceptance|criteria|done when|definition of done/i,
} as const;

const TEXT_CHARACTERS = 60_000;
const SECTION_CHARACTERS = 8_000;

export function readFields(written: string, given: readonly string[]): ItemFields {
  const text = plain(written);
  const answers = given.map(plain);
  const sections = sectionsOf([text, ...answers].join('\n\n'));
  const problem = sections.problem || firstParagraph(text);
  const wishes = sentences([text, ...answers]).filter((sentence) =>
    /\b(should|must|expected|ought to|needs? to)\b/i.test(sentence),
  );
  const expected = sections.expected || wishes.join(' ');
  const listed = bullets(sections.acceptance);
  const acceptance = listed.length > 0 ? listed : sections.acceptance ? [sections.acceptance] : wishes;
  const missing: MissingField[] = [];
  if (!problem)
    missing.push({ field: 'problem', question: 'What happens today? An example with real values helps most.' });
  if (!expected) missing.push({ field: 'expected', question: 'What should happen instead?' });
  if (acceptance.length === 0) {
    missing.push({
      field: 'acceptance',
      question: 'How will you check that it is done? One line per check, for example "- 10 items show 2 pages of 5".',
    });
  }
  return { problem, expected, acceptance: acceptance.slice(0, 50), missing };
}

/** Line ends as everywhere else, and no more of them than a person reads. */
function plain(text: string): string {
  return text.slice(0, TEXT_CHARACTERS).replace(/\r\n?/g, '\n');
}

function sectionsOf(text: string): Record<keyof typeof HEADINGS, string> {
  const found = { problem: '', expected: '', acceptance: '' };
  let current: keyof typeof HEADINGS | undefined;
  for (const line of text.split('\n')) {
    const heading = line.match(/^\s*(?:#{1,6}\s+(.{1,100})|\*\*(.{1,100}?)\*\*:?\s*|([A-Z][\w ]{2,40}):\s*)$/);
    const title = heading?.[1] ?? heading?.[2] ?? heading?.[3];
    if (title !== undefined) {
      current = (Object.keys(HEADINGS) as (keyof typeof HEADINGS)[]).find((name) => HEADINGS[name].test(title));
    } else if (current) {
      found[current] = `${found[current]}${line}\n`.slice(0, SECTION_CHARACTERS);
    }
  }
  return { problem: found.problem.trim(), expected: found.expected.trim(), acceptance: found.acceptance.trim() };
}

function firstParagraph(text: string): string {
  return (text.split(/\n\s*\n/).find((paragraph) => /[a-z]{3}/i.test(paragraph)) ?? '')
    .trim()
    .slice(0, SECTION_CHARACTERS);
}

function sentences(parts: readonly string[]): string[] {
  const all = parts
    .flatMap((part) => part.split(/(?<=[.!?])\s+|\n+/))
    .map((sentence) => sentence.replace(/^[-*#>\s]+(\[.?\]\s*)?/, '').trim())
    .filter((sentence) => sentence.length > 8 && !/^[^.!?]*:$/.test(sentence));
  return [...new Set(all)].slice(0, 200).map((sentence) => sentence.slice(0, 1000));
}

function bullets(section: string): string[] {
  return section
    .split('\n')
    .map((line) => line.match(/^\s*(?:[-*]|\d+[.)])\s+(?:\[.?\]\s*)?(.+)$/)?.[1]?.trim())
    .filter((line): line is string => Boolean(line))
    .map((line) => line.slice(0, 1000));
}
