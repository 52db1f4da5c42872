// What a command may do to the terminal: data on stdout, talk on stderr. Text from outside (titles, comments, test
// names) passes `safe` first, since a terminal obeys some characters.

export interface Output {
  data(text: string): void;
  /** Data as it comes: no line of its own. */
  write(text: string): void;
  talk(text: string): void;
  /** Whether a person sees stdout, so that it may be redrawn and coloured. */
  readonly tty: boolean;
  readonly color: boolean;
  columns(): number;
  rows(): number;
}

// Controls (with ESC), C1 controls, bidirectional overrides, line separators and invisible tag characters.
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** One line of outside text, with everything that a terminal would obey made visible. */
export function safe(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Several lines of outside text. */
export function safeLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.split('\t').map(safe).join('\t'))
    .join('\n');
}

/** A reader that has seen enough (`| head`) is no error. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}

export function processOutput(color: boolean): Output {
  endWithReader();
  return {
    data: (text) => process.stdout.write(`${text}\n`),
    write: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(`${text}\n`),
    tty: process.stdout.isTTY === true,
    color: color && process.stdout.isTTY === true,
    columns: () => process.stdout.columns ?? 120,
    rows: () => process.stdout.rows ?? 40,
  };
}

/** One JSON document, readable by people too. */
export function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
