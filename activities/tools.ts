import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Conversation, RunTools, Session, Sha256, ToolsResult } from '../schemas/agent.js';
import type { Blueprint } from '../schemas/blueprint.js';
import { PERMANENT_FAILURES } from '../schemas/failures.js';
import type { Message } from '../schemas/model.js';
import { redactor } from '../schemas/redact.js';
import { within } from '../tools/scope.js';
import { append, estimateTokens, readConversation, readMessage, readSession } from './conversation.js';
import { permanent } from './failure.js';
import type { HeldWorkspaces } from './held-workspaces.js';
import { beating, loadBlueprint, openWorkspace } from './host.js';
import type { Blobs, Depot, Workspace, Workspaces } from './ports.js';
import { Batch } from './tool-batch.js';
import { checkCalls, needsWorkspace, type ToolCall } from './tool-calls.js';
import { toResults } from './tool-results.js';
import { describeBatch } from './tool-summary.js';
import { oneLine } from './tool-text.js';

/** Of one command: as much as anybody would ever search through. The rest is counted and dropped. */
const OUTPUT_BYTES = 16 * 1024 * 1024;
const UNDONE_SHOWN = 20;

export interface ToolPorts {
  readonly workspaces: Workspaces;
  readonly depot: Depot;
  readonly blobs: Blobs;
  readonly held: HeldWorkspaces;
}

interface Kept {
  readonly tree: string;
  /** What the model is to be told: the workspace is not as the tree says, and of no more use. */
  readonly told?: string;
}

const FRESH = 'The workspace was made anew: what git ignores, such as build output of earlier turns, is gone.';

export function createToolActivities({ workspaces, depot, blobs, held }: ToolPorts) {
  function open({ repo, tree }: RunTools, session: Session, blueprint: Blueprint): Promise<Workspace> {
    const subject = { repo, tree, near: session.near, blueprint: session.blueprint };
    return openWorkspace({ workspaces }, subject, blueprint, OUTPUT_BYTES);
  }

  /** What the batch changed where it may, as a tree. */
  async function keep({ repo, tree: base }: RunTools, session: Session, workspace: Workspace): Promise<Kept> {
    let tree: string;
    try {
      ({ tree } = await workspace.snapshot());
    } catch (error) {
      // A workspace that no snapshot can hold is the agent's doing and for the agent to mend, not the end of its work.
      if (!isRefusal(error)) throw error;
      return { tree: base, told: `Nothing that these calls changed was kept: ${oneLine(error.message, 1000)}` };
    }
    const { undone, ...kept } = await depot.restrict(repo, { base, tree, keep: within(session.scope) });
    if (undone.length === 0) return { tree };
    const paths = undone.slice(0, UNDONE_SHOWN).map((path) => oneLine(path, 200));
    const more = undone.length > UNDONE_SHOWN ? ` and ${undone.length - UNDONE_SHOWN} more` : '';
    return { ...kept, told: `Undone, outside of what you may change: ${paths.join(', ')}${more}` };
  }

  return {
    /** The tools that the last answer of the model asked for. A second attempt starts from the same tree again. */
    runTools(input: RunTools): Promise<ToolsResult> {
      return beating(async (beat) => {
        const session = await readSession(blobs, input.session);
        const blueprint = await loadBlueprint(blobs, session.blueprint);
        const redact = redactor(blueprint.redact);
        const conversation = await readConversation(blobs, input.conversation);
        const calls = await lastCalls(blobs, conversation);
        const checked = checkCalls(calls, session, conversation);
        const needed = checked.some(needsWorkspace);
        const taken = needed ? held.take(input.session, input.tree) : undefined;
        let workspace = taken ?? (needed ? await open(input, session, blueprint) : undefined);
        try {
          const { scope } = session;
          const signal = Context.current().cancellationSignal;
          const place = workspace && {
            workspace,
            tools: workspaces.tools,
            scope,
            signal,
            beat: (doing: string) => beat(redact(doing)),
          };
          const batch = new Batch({ calls, checked, conversation, blobs, place });
          const answers = await batch.run();
          const kept = workspace && batch.wrote() ? await keep(input, session, workspace) : { tree: input.tree };
          const fresh = workspace && !taken && (await hasRun(blobs, conversation)) ? [FRESH] : [];
          const told = [...fresh, ...(kept.told === undefined ? [] : [kept.told])];
          const { message, outputs } = await toResults(blobs, { calls, checked, answers, told, redact });
          const notes = batch.notes().map(redact);
          const result: ToolsResult = {
            conversation: await append(blobs, conversation, [message], outputs),
            tree: kept.tree,
            context: estimateTokens(message),
            digest: digestOf(calls, message),
            refused: answers.filter(({ outcome }) => outcome === 'refused').length,
            did: redact(describeBatch(checked, answers)),
            ...(notes.length > 0 && { notes }),
            ...(batch.ending && { ending: batch.ending }),
          };
          if (workspace && kept.told === undefined) {
            held.put(input.session, kept.tree, workspace);
            workspace = undefined;
          }
          return result;
        } finally {
          await workspace?.close();
        }
      });
    },

    /** At the end of a session. Nothing is lost that a snapshot keeps. */
    async closeWorkspace({ session }: { readonly session: Sha256 }): Promise<void> {
      await held.close(session);
    },
  };
}

export type ToolActivities = ReturnType<typeof createToolActivities>;

/** The calls in the message that the conversation ends with. */
async function lastCalls(blobs: Blobs, { messages }: Conversation): Promise<readonly ToolCall[]> {
  const last = messages.at(-1);
  const calls = last === undefined ? [] : callsIn(await readMessage(blobs, last));
  if (calls.length === 0) throw permanent('BadInput', 'the conversation does not end with calls of tools');
  return calls;
}

/** Whether earlier turns ran anything: then a fresh workspace lacks something. */
async function hasRun(blobs: Blobs, { messages }: Conversation): Promise<boolean> {
  const earlier = await Promise.all(messages.slice(0, -1).map((sha256) => readMessage(blobs, sha256)));
  return earlier.some((message) => callsIn(message).some(({ name }) => name === 'run'));
}

function callsIn({ role, parts }: Message): readonly ToolCall[] {
  return role === 'assistant' ? parts.flatMap((part) => (part.type === 'tool-call' ? [part] : [])) : [];
}

/** Equal calls with equal results give equal digests, whatever ids the model gave them. */
function digestOf(calls: readonly ToolCall[], { parts }: Message): string {
  const asked = calls.map(({ name, input }) => ({ name, input }));
  const answered = parts.map((part) => ({ ...part, id: '' }));
  return createHash('sha256')
    .update(JSON.stringify([asked, answered]))
    .digest('hex')
    .slice(0, 16);
}

function isRefusal(error: unknown): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === PERMANENT_FAILURES.SandboxRefused;
}
