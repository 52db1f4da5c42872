// What tools say, made fit for a model and for people: no codes that move a cursor, no words that could pass for
// Signalbox's own, no more than anybody reads. Pure, and linear in the length of what strangers have written.

const HEAD = 4000;
const TAIL = 4000;

/** Escape sequences, then whatever controls a terminal or turns the direction of text; lines and tabs stay. */
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]?|[\]P^_X][^\x07\x1b\n]*(?:\x07|\x1b\\)|[ -/]*[0-~]?)/g;
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function plain(text: string): string {
  return text.replace(ESCAPES, '').replace(/\r\n?/g, '\n').replace(CONTROLS, '');
}

/** Whatever a model could take for a tag that tells who speaks. In the output of a tool nobody speaks. */
const TAGS = /<(?=[\s/]*(?:quoted?|notice|signalbox|system)\b)/gi;
/** Letters that are not seen: they could split a tag so that it is not found. */
export const UNSEEN = /[\u00ad\u200b-\u200d\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/gu;

/** Text of strangers as a tool's result. Letters that are not seen stay where they hide nothing: code may need them. */
export function quoted(text: string): string {
  const shown = plain(text);
  const seen = shown.replace(UNSEEN, '');
  return (seen.search(TAGS) >= 0 ? seen : shown).replace(TAGS, '&lt;');
}

/** One line for people. */
export function oneLine(text: string, most: number): string {
  const line = plain(text).replace(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** The last line that says something, for whoever watches a command run. */
export function lastLine(chunk: string, most: number): string {
  return oneLine(chunk.slice(-2000).trimEnd().split('\n').at(-1) ?? '', most);
}

export function isLong(text: string): boolean {
  return text.length > HEAD + TAIL;
}

/** The beginning and the end of a long output. `name` is where all of it can be read. */
export function shortened(text: string, name: string): string {
  const left = text.length - HEAD - TAIL;
  const how = `[${left} characters left out here; read them with output "${name}" from ${HEAD}]`;
  return `${text.slice(0, HEAD)}\n${how}\n${text.slice(-TAIL)}`;
}
