import { describe, expect, it } from '@jest/globals';
import type { MissionStatus } from '../workflows/messages.js';
import type { Output } from './output.js';
import { jsonSink, terminalSink } from './watch.js';

const STATUS: MissionStatus = {
  ...{ item: 'ENG-1', title: 'T', repo: 'shop', stage: 'triage', paused: false, planVersion: 0, tasks: [], notes: [] },
  since: '2026-01-05T10:00:00Z',
  startedAt: '2026-01-05T10:00:00Z',
};
const NOW = Date.parse('2026-01-05T10:00:05Z');
const frame = (stage: string) => ({ status: { ...STATUS, stage }, running: new Map(), now: NOW });

function recorded(tty: boolean): Output & { readonly said: string[]; readonly talked: string[] } {
  const said: string[] = [];
  const talked: string[] = [];
  const size = { columns: () => 80, rows: () => 24, tty, color: false };
  return {
    said,
    talked,
    write: (text) => void said.push(text),
    data: (text) => void said.push(text),
    talk: (text) => void talked.push(text),
    ...size,
  };
}

describe('watching a mission', () => {
  it('redraws over the picture before it on a terminal', () => {
    const output = recorded(true);
    const sink = terminalSink(output);
    sink.show(frame('plan'));
    sink.show(frame('run'));
    const [first = '', second = ''] = output.said;
    expect(first).not.toContain('\x1b');
    expect(second.startsWith(`\x1b[${first.split('\n').length}A\r\x1b[J`)).toBe(true);
  });

  it('prints each change with its time elsewhere, and says once that nobody answers', () => {
    const output = recorded(false);
    const sink = terminalSink(output);
    for (const stage of ['plan', 'plan', 'run']) sink.show(frame(stage));
    for (const _ of [1, 2, 3]) sink.waiting?.('no worker answers');
    expect(output.said).toEqual(['10:00:05 ENG-1: T (shop)', '10:00:05 stage plan', '10:00:05 stage run']);
    expect(output.talked).toEqual(['no worker answers']);
  });

  it('prints one JSON line per changed status', () => {
    const output = recorded(true);
    const sink = jsonSink(output);
    for (const stage of ['plan', 'plan', 'run']) sink.show(frame(stage));
    expect(output.said.map((line) => JSON.parse(line).stage)).toEqual(['plan', 'run']);
  });
});
