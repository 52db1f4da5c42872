// What we leave in texts at a forge, so that we find our own again. Comments of Markdown: people do not see them.

/** How many characters of a text the forges keep. */
const BODY_CHARS = 60_000;
const QUOTE_CHARS = 200;
const EDIT = /<!-- signalbox edit (\d+) -->\s*$/;

/** The text with the number of the edit that it comes from. */
export function markEdit(body: string, version: number): string {
  return `${cut(body)}\n\n<!-- signalbox edit ${version} -->`;
}

/** The number of the last edit that we made; undefined when we made none, or a person took it out. */
export function editOf(body: string): number | undefined {
  const found = EDIT.exec(body)?.[1];
  return found === undefined ? undefined : Number(found);
}

export function withoutMark(body: string): string {
  return body.replace(EDIT, '').trimEnd();
}

export function cut(body: string): string {
  const rest = body.length - BODY_CHARS;
  return rest > 0 ? `${body.slice(0, BODY_CHARS)}\n[${rest} more characters]` : body.trimEnd();
}

/** Those that a pull request is to have: people's stay, and ours are the ones that are named. */
export function labelsToHave(now: readonly string[], wanted: readonly string[]): readonly string[] {
  const theirs = now.filter((label) => !label.startsWith('signalbox'));
  return [...new Set([...theirs, ...wanted])];
}

/** An answer to a remark that has no thread: it says itself what it answers. */
export function quoting(remark: string, body: string): string {
  const line = remark.trim().split('\n', 1)[0] ?? '';
  return `> ${line.slice(0, QUOTE_CHARS)}\n\n${body}`;
}
