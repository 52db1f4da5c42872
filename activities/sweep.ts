import { createHash } from 'node:crypto';
import { workflowId } from '../schemas/names.js';
import { dedupeKey, type Signal } from '../schemas/signal.js';
import type { Source } from '../schemas/source.js';
import { triageStart } from '../schemas/triage-start.js';
import { beating } from './host.js';
import type { LabelledItem, Tracker } from './ports.js';
import type { Archive, RunStates, Runs } from './ports-records.js';

export interface SweepActivityPorts {
  readonly trackers: Readonly<Partial<Record<Source, Tracker>>>;
  readonly label: string;
  readonly states: RunStates;
  readonly archive: Pick<Archive, 'entries'>;
  readonly runs: Pick<Runs, 'signalWithStart'>;
  /** How long triage recognises late redeliveries. */
  readonly dedupeMs: number;
}

/** Key of an item -> when it had last changed, by its tracker. */
export type Seen = Readonly<Record<string, string>>;

export interface SweepOf {
  readonly source: Source;
  /** What the round before has seen to. */
  readonly before: Seen;
}

export interface Swept {
  readonly seen: Seen;
  /** Keys of the items that nobody had told us of. */
  readonly started: readonly string[];
  /** Keys of the items whose triage was told to look again. */
  readonly woken: readonly string[];
}

export function createSweepActivities({ trackers, label, states, archive, runs, dedupeMs }: SweepActivityPorts) {
  /** What triage and missions know of an item: nothing, that somebody is at it, or that it was seen to. */
  async function known(source: Source, key: string): Promise<'nothing' | 'triage' | 'seen-to'> {
    const triage = await states.now(workflowId.triage(dedupeKey({ source, subject: key })));
    if (triage === 'running') return 'triage';
    if (triage === 'ended' || (await states.now(workflowId.mission(key)))) return 'seen-to';
    return (await archive.entries(key)).length > 0 ? 'seen-to' : 'nothing';
  }

  return {
    /**
     * One round over one tracker: sends what lost webhooks would have sent. Equal rounds send equal signals, which are
     * one to a triage.
     */
    async sweepTickets({ source, before }: SweepOf): Promise<Swept> {
      const tracker = trackers[source];
      if (!tracker) return { seen: {}, started: [], woken: [] };
      return beating(async () => {
        const items = await tracker.labelled(label);
        const started: string[] = [];
        const woken: string[] = [];
        for (const item of items.filter(({ key, changedAt }) => before[key] !== changedAt)) {
          const state = await known(source, item.key);
          if (state === 'seen-to') continue;
          // What asks its reporter reads the item again; to any other running triage a comment is nothing new.
          const type = state === 'triage' ? 'ticket.commented' : 'ticket.swept';
          await runs.signalWithStart(triageStart(sweptSignal(source, item, type), dedupeMs));
          (state === 'triage' ? woken : started).push(item.key);
        }
        return { seen: Object.fromEntries(items.map(({ key, changedAt }) => [key, changedAt])), started, woken };
      });
    },
  };
}

export type SweepActivities = ReturnType<typeof createSweepActivities>;

function sweptSignal(source: Source, { key, changedAt }: LabelledItem, type: Signal['type']): Signal {
  const id = `sweep/${key}/${changedAt}`;
  return {
    ...{ specversion: '1.0', id, source, type, subject: key, time: new Date(changedAt).toISOString() },
    datacontenttype: 'application/json',
    bodyhash: createHash('sha256').update(`${source} ${id}`).digest('hex'),
    data: {},
  };
}
