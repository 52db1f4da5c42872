import { styleText } from 'node:util';

// Pieces of terminal text: durations, colours, and lines that fit.

export function since(start: string, end: number): string {
  return duration(Math.max(0, end - Date.parse(start)));
}

/** `0.4s`, `12s`, `3m05s`, `2h07m`. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (seconds < 60) return `${seconds}s`;
  const two = (part: number) => String(part).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`;
}

export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

export function painter(color: boolean): Paint {
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
}

/** Characters that take two columns: East Asian wide ones and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Cuts to the width of the terminal: a wrapped line would break redrawing in place. */
export function cut(line: string, columns: number): string {
  const parts = line.split(/(\x1b\[[0-9;]*m)/);
  const plain = parts.filter((part) => !part.startsWith('\x1b')).join('');
  if (width(plain) < columns) return line;
  let room = columns - 2;
  let open = true;
  const kept = parts.map((part) => {
    if (part.startsWith('\x1b')) return part;
    const characters: string[] = [];
    for (const character of open ? part : '') {
      room -= width(character);
      open = room >= 0;
      characters.push(open ? character : '…');
      if (!open) break;
    }
    return characters.join('');
  });
  return kept.join('');
}

function width(text: string): number {
  return [...text].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
}
