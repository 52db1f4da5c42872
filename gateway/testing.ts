import { pino } from 'pino';
import type { Signal } from '../schemas/signal.js';
import { type AppOptions, createApp } from './app.js';

// The front door without Temporal behind it, for tests: what would be dispatched and kept is in lists.

type Odd = Parameters<AppOptions['quarantine']['keep']>[0];

export function testGateway(change: Partial<AppOptions> = {}) {
  const signals: Signal[] = [];
  const kept: Odd[] = [];
  const lines: string[] = [];
  const app = createApp({
    dispatcher: {
      signal: async (signal) => {
        signals.push(signal);
        return { workflowId: `triage/${signal.source}/${signal.subject}`, accepted: 'started-or-folded' };
      },
    },
    ready: async () => undefined,
    log: pino({ level: 'info' }, { write: (line) => lines.push(line) }),
    doors: [],
    quarantine: {
      keep: async (odd) => {
        kept.push(odd);
        return `${odd.door}/${kept.length}`;
      },
    },
    token: undefined,
    ...change,
  });
  return { app, signals, kept, lines };
}
