import { pino } from 'pino';
import type { Signal } from '../schemas/signal.js';
import { type AppOptions, createApp } from './app.js';
import type { Door } from './doors/door.js';

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

/** One request as a source sends it. */
export interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Behind the `?` of the address. */
  readonly query?: string;
}

interface Answer {
  readonly error?: string;
  readonly ignored?: string;
  readonly quarantined?: string;
  readonly reason?: string;
}

/** One door, and what became of what was sent there. */
export function testDoor(door: Door) {
  const { app, signals, kept, lines } = testGateway({ doors: [door] });
  const send = async ({ headers, body, query }: Sent) => {
    const path = `/webhooks/${door.name}${query ? `?${query}` : ''}`;
    const response = await app.request(path, { method: 'POST', headers, body });
    return { status: response.status, answer: (await response.json()) as Answer };
  };
  return { signals, kept, lines, send };
}
