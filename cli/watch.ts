import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { isUnavailable } from '../adapters/temporal/client.js';
import { workflowId } from '../schemas/names.js';
import { type MissionStatus, missionStatus } from '../workflows/messages.js';
import type { Output } from './output.js';
import { type Frame, renderChanges, renderMission } from './render.js';
import { missionTrouble, TaskWatch } from './running.js';

// Follows one mission until it ends.

export interface WatchSink {
  show(frame: Frame): void;
  /** Nobody answers for the moment; the mission itself loses nothing by that. */
  waiting?(reason: string): void;
}

/** How long a watch outlasts a server or worker that is away: long enough for either to be started again. */
const PATIENCE_MS = 120_000;
const ANSWER_MS = 5_000;
const FAILED_PRECONDITION = 9;

export interface WatchMission {
  readonly client: Client;
  readonly item: string;
  readonly sink: WatchSink;
  readonly signal?: AbortSignal;
  readonly everyMs?: number;
}

/** The last status: with an outcome, unless `signal` ended the watch before. */
export async function watchMission(watch: WatchMission): Promise<MissionStatus> {
  const { client, item, sink, signal, everyMs = 300 } = watch;
  const handle = client.workflow.getHandle(workflowId.mission(item));
  const tasks = new TaskWatch(client);
  let answeredAt = Date.now();
  for (;;) {
    try {
      const status = await client.withDeadline(Date.now() + ANSWER_MS, () => handle.query(missionStatus));
      const [running, trouble] = await Promise.all([tasks.look(status), missionTrouble(client, item)]);
      sink.show({ status, running, trouble, now: Date.now() });
      if (status.outcome || signal?.aborted) return status;
      answeredAt = Date.now();
    } catch (error) {
      if (!isAway(error) || signal?.aborted || Date.now() - answeredAt > PATIENCE_MS) throw error;
      sink.waiting?.('no worker answers; trying again');
    }
    await sleep(everyMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

/** A server that is away, or one that has seen no worker for a while. */
function isAway(error: unknown): boolean {
  const cause = error instanceof Error && !isGrpcServiceError(error) ? error.cause : error;
  return isUnavailable(error) || (isGrpcServiceError(cause) && cause.code === FAILED_PRECONDITION);
}

/** On a terminal the picture is redrawn in place; elsewhere each change is a line. */
export function terminalSink(output: Output): WatchSink {
  return output.tty ? redrawing(output) : lineByLine(output);
}

function redrawing(output: Output): WatchSink {
  let drawn = 0;
  return {
    show(frame) {
      const lines = renderMission(frame, { columns: output.columns(), rows: output.rows(), color: output.color });
      const back = drawn > 0 ? `\x1b[${drawn}A\r\x1b[J` : '';
      output.data(back + lines.join('\n'));
      drawn = lines.length;
    },
    waiting(reason) {
      output.data(`${drawn > 0 ? '\x1b[1A\r\x1b[J' : ''}${reason}`);
      if (drawn === 0) drawn = 1;
    },
  };
}

function lineByLine(output: Output): WatchSink {
  let before: Frame | undefined;
  let away = false;
  return {
    show(frame) {
      const time = new Date(frame.now).toISOString().slice(11, 19);
      for (const line of renderChanges(before, frame)) output.data(`${time} ${line}`);
      before = frame;
      away = false;
    },
    waiting(reason) {
      if (!away) output.talk(reason);
      away = true;
    },
  };
}

/** One JSON line per changed status. */
export function jsonSink(output: Output): WatchSink {
  let before = '';
  return {
    show({ status, running }) {
      const progress = [...running].flatMap(([node, { progress: found }]) => (found ? [[node, found] as const] : []));
      const line = JSON.stringify({ ...status, progress: Object.fromEntries(progress) });
      if (line !== before) output.data(line);
      before = line;
    },
  };
}
