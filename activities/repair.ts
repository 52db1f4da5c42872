import { Context } from '@temporalio/activity';
import picomatch from 'picomatch';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Blueprint } from '../schemas/blueprint.js';
import { durationMs } from '../schemas/duration.js';
import { type RepairProgress, type RepairRequest, type RepairResult, Survey } from '../schemas/repair.js';
import { runEngine } from './engine.js';
import { permanent } from './failure.js';
import { type InWorkspace, inWorkspace, type Subject } from './host.js';
import type { Blobs, Depot, Workspace, Workspaces } from './ports.js';

const SOURCE_BYTES = 4 * 1024 * 1024;
const WORDS = 20_000;
const LISTED_FAILURES = 500;

export interface FailingTest {
  readonly id: string;
  readonly message: string;
}

export interface SurveyOutcome {
  readonly module: string;
  readonly survey: BlobRef;
  readonly failing: readonly FailingTest[];
  readonly passed: number;
  /** Why the tests can't be run here at all. */
  readonly unsupported?: string;
}

export interface RepairInput extends Subject {
  readonly module: string;
  readonly commit: string;
  readonly targets: readonly string[];
  readonly touches: readonly string[];
  readonly words: string;
  readonly candidates: number;
  readonly seconds: number;
  readonly startAt: number;
  readonly rejected: readonly string[];
  readonly message: string;
  /** Seconds since the epoch, of the commit. */
  readonly time: number;
}

export type RepairOutcome =
  | {
      readonly status: 'plausible';
      readonly commit: string;
      readonly tree: string;
      readonly candidate: string;
      readonly summary: string;
      readonly confidence: 'high' | 'low';
      readonly question?: string;
      readonly index: number;
      readonly tried: number;
      readonly evidence: BlobRef;
    }
  | {
      readonly status: 'cannot-do';
      readonly because: string;
      readonly index: number;
      readonly tried: number;
      readonly evidence: BlobRef;
    };

export interface RepairPorts {
  readonly workspaces: Workspaces;
  readonly depot: Depot;
  readonly blobs: Blobs;
}

export function createRepairActivities({ workspaces, depot, blobs }: RepairPorts) {
  function engine({ workspace, beat, signal }: InWorkspace, request: RepairRequest, seconds: number) {
    return runEngine({ workspace, command: workspaces.engine, request, seconds, signal, onProgress: beat });
  }

  async function apply(workspace: Workspace, input: RepairInput, result: RepairResult & { status: 'plausible' }) {
    const allowed = picomatch([...input.touches]);
    for (const edit of result.candidate.edits) {
      // The engine ran beside the code under test, so what it says is a proposal and is checked like any other.
      const present = (await workspace.readFile(edit.path, SOURCE_BYTES))?.toString();
      if (!allowed(edit.path) || present !== edit.before) {
        throw permanent('SandboxRefused', `the engine proposed an edit of ${edit.path} that does not fit the checkout`);
      }
      await workspace.writeFile(edit.path, edit.after);
    }
    const { tree } = await workspace.snapshot();
    const { repo, commit: parent, message, time } = input;
    return depot.commit({ repo, tree, parents: [parent], message: `${message}\n\n${result.candidate.summary}`, time });
  }

  async function toOutcome(workspace: Workspace, input: RepairInput, result: RepairResult): Promise<RepairOutcome> {
    const evidence = await blobs.put(JSON.stringify(result), 'application/json');
    const { index, tried } = result;
    if (result.status === 'cannot-do') {
      return { status: 'cannot-do', because: `${result.reason}: ${result.detail}`, index, tried, evidence };
    }
    const { candidate, confidence, question } = result;
    return {
      status: 'plausible',
      ...(await apply(workspace, input, result)),
      candidate: candidate.id,
      summary: `${candidate.operator} at ${candidate.edits[0]?.path}:${candidate.line}: ${candidate.summary}`,
      confidence,
      ...(question !== undefined && { question }),
      index,
      tried,
      evidence,
    };
  }

  return {
    /** What every test of a module does and which code it runs. */
    async survey(input: Subject & { readonly module: string }): Promise<SurveyOutcome> {
      return inWorkspace({ workspaces, blobs }, input, async (inside) => {
        const module = moduleOf(inside.blueprint, input.module);
        const timeoutSeconds = durationMs(inside.blueprint.limits.taskWallTime) / 1000;
        const event = await engine(
          inside,
          { do: 'survey', name: input.module, module, timeoutSeconds },
          timeoutSeconds,
        );
        const survey = Survey.parse('survey' in event ? event.survey : undefined);
        const failing = survey.tests.filter((test) => test.outcome === 'fail').slice(0, LISTED_FAILURES);
        return {
          module: input.module,
          survey: await blobs.put(JSON.stringify(survey), 'application/json'),
          failing: failing.map(({ id, message }) => ({ id, message: (message ?? '').slice(0, 200) })),
          passed: survey.tests.filter((test) => test.outcome === 'pass').length,
          ...(survey.unsupported !== undefined && { unsupported: survey.unsupported }),
        };
      });
    },

    /** The free rung: searches for one small edit that makes the targets pass. A retry goes on where it was. */
    async repair(input: RepairInput): Promise<RepairOutcome> {
      const resumed = (Context.current().info.heartbeatDetails as RepairProgress | undefined)?.index ?? 0;
      return inWorkspace({ workspaces, blobs }, input, async (inside) => {
        const module = moduleOf(inside.blueprint, input.module);
        const request: RepairRequest = {
          do: 'search',
          name: input.module,
          module,
          targets: [...input.targets],
          touches: [...input.touches],
          words: input.words.slice(0, WORDS),
          candidates: input.candidates,
          seconds: input.seconds,
          startAt: Math.max(input.startAt, resumed),
          rejected: [...input.rejected],
        };
        const event = await engine(inside, request, input.seconds);
        if (!('result' in event)) throw new Error('the repair engine ended without a result');
        return toOutcome(inside.workspace, input, event.result);
      });
    },
  };
}

export type RepairActivities = ReturnType<typeof createRepairActivities>;

function moduleOf(blueprint: Blueprint, name: string) {
  const module = blueprint.modules[name];
  if (!module) throw permanent('InvalidPlan', `the blueprint has no module "${name}"`);
  return module;
}
