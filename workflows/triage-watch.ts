import { ActivityFailure, CancellationScope, condition, isCancellation, log } from '@temporalio/workflow';
import type { TriageInput } from './messages-triage.js';
import { chatSteps, timeSteps, vendorSteps } from './steps.js';
import { thisExecution } from './this-execution.js';
import type { TriageState } from './triage-state.js';
import { escalationComment } from './triage-story.js';

// The 24 hours in which triage decides, by a durable timer beside the work: also what can't be read is told of.

/** What takes longer is late. */
const LATE_MS = 24 * 3_600_000;

export interface Watch {
  /** Resolves when nothing of it goes on. */
  stop(): Promise<void>;
}

/** Undefined for runs from before there was one: a timer more would change what they do. */
export function watchTime(input: TriageInput, state: TriageState): Watch | undefined {
  const { lookMs } = input;
  if (lookMs === undefined) return undefined;
  const scope = new CancellationScope();
  const over = scope
    .run(() => watch({ ...input, lookMs }, state))
    .catch((error: unknown) => {
      if (!isCancellation(error)) log.warn('nobody could be told that time runs out', { error });
    });
  return {
    stop: async () => {
      scope.cancel();
      await over;
    },
  };
}

async function watch(input: TriageInput & { readonly lookMs: number }, state: TriageState): Promise<void> {
  const { data } = state;
  const receivedAt = data.receivedAt ?? data.since;
  const isDecided = (ms: number) => {
    const left = Date.parse(receivedAt) + ms - Date.now();
    return condition(() => !state.isOpen(), Math.max(1, left));
  };
  // Most items are decided long before: the policy is asked for only where it may be needed.
  if (await isDecided(input.lookMs)) return;
  if (data.escalated !== receivedAt) {
    const { escalateMs } = await timeSteps.triageTerms.executeWithOptions({ summary: 'When is somebody told?' }, []);
    if (escalateMs !== null) {
      if (await isDecided(escalateMs)) return;
      await escalate(input, state, receivedAt);
      data.escalated = receivedAt;
    }
  }
  if (data.late === receivedAt || (await isDecided(LATE_MS))) return;
  data.late = receivedAt;
  await timeSteps.noteLate.executeWithOptions({ summary: 'It took longer than 24 hours' }, [{ source: input.source }]);
}

/** One place that does not answer keeps nobody from hearing of it at the other. */
async function escalate(input: TriageInput, state: TriageState, receivedAt: string): Promise<void> {
  const { source, subject, dedupeKey: key } = input;
  const { stage, because } = state.status();
  const summary = `Who is told that nobody has decided about ${subject}?`;
  // Kept: a later run says the same words under the same keys.
  state.data.escalation ??= await timeSteps.describeEscalation.executeWithOptions({ summary }, [
    { source, subject, key, stage, because: because.slice(0, 1_000), receivedAt },
  ]);
  const { message, ...told } = state.data.escalation;
  const effectKey = `triage/${key}/${thisExecution()}/escalation/${receivedAt}`;
  const comment = orWarn(
    vendorSteps.comment.executeWithOptions({ summary: 'Say who is told that time runs out' }, [
      { source, item: subject, body: escalationComment(told), effectKey },
    ]),
  );
  const posted =
    message &&
    orWarn(
      chatSteps.postMessage.executeWithOptions({ summary: 'Tell whoever is on call that time runs out' }, [
        { ...message, thread: null, effectKey: `${effectKey}/chat` },
      ]),
    );
  await Promise.all([comment, posted]);
  delete state.data.escalation;
}

async function orWarn(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    log.warn('one place was not told that time runs out', { error });
  }
}
