import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../../schemas/source.js';

// The labelled set: written by hand for a made-up company. Every near miss is in the half of the group that it is like.

export interface Labelled {
  readonly key: string;
  readonly source: Source;
  readonly title: string;
  readonly text: string;
  readonly group: string;
  readonly repo: string;
  readonly heldOut: boolean;
}

export function readLabelled(installDir: string): readonly Labelled[] {
  const lines = readFileSync(join(installDir, 'bench/triage/signals.txt'), 'utf8').split('\n');
  const signals: Labelled[] = [];
  let group = '';
  let repo = '';
  let rank = -1;
  for (const line of lines) {
    const head = /^# (~?)([a-z0-9-]+) ([a-z]+)$/.exec(line);
    if (head) {
      [, , group = '', repo = ''] = head;
      if (head[1] === '') rank++;
    } else if (line.includes(' | ')) {
      const [source = '', title = '', text = ''] = line.split(' | ');
      const key = `${source}-${signals.length + 1}`;
      const unescaped = text.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
      signals.push({
        ...{ key, source: source as Source, title, text: unescaped, group, repo },
        heldOut: rank % 2 === 1,
      });
    }
  }
  return signals;
}
