import { Context } from '@temporalio/activity';
import type { Blueprint, Limits } from '../schemas/blueprint.js';
import type { SandboxLimits, Workspace, Workspaces } from './ports.js';

const LOG_BYTES = 256 * 1024;
/** Often enough that a cancellation, which comes with a heartbeat's answer, is seen within seconds. */
const BEAT_MS = 1_000;

/** The code that a step works on and the rules that it obeys. */
export interface Subject {
  readonly repo: string;
  readonly tree: string;
  /** A tree near it that hosts have checked out already: the base's. */
  readonly near: string;
  readonly blueprint: Pick<Blueprint, 'setup' | 'limits' | 'modules'>;
}

export interface InWorkspace {
  readonly workspace: Workspace;
  /** Tells Temporal how far the step is; a retry is handed the last of it. */
  readonly beat: (details: unknown) => void;
  readonly signal: AbortSignal;
}

/** Heartbeats while it works: a step that is silent inside a command must still be seen alive and be cancellable. */
export async function beating<Result>(work: (beat: (details: unknown) => void) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  let last: unknown = context.info.heartbeatDetails;
  const timer = setInterval(() => context.heartbeat(last), BEAT_MS);
  try {
    return await work((details) => {
      last = details;
      context.heartbeat(details);
    });
  } finally {
    clearInterval(timer);
  }
}

/** Set-up layers of a subject, installed on this host if they are not yet. */
export async function layersOf(workspaces: Workspaces, subject: Subject): Promise<string[]> {
  const layers: string[] = [];
  for (const step of subject.blueprint.setup) {
    const { layer } = await workspaces.prepare({
      repo: subject.repo,
      tree: subject.tree,
      step,
      layers,
      limits: limitsOf(subject.blueprint.limits),
      signal: Context.current().cancellationSignal,
    });
    layers.push(layer);
  }
  return layers;
}

/** Opens a fresh workspace of the subject's tree for one step, and closes it whatever happens. */
export function inWorkspace<Result>(
  workspaces: Workspaces,
  subject: Subject,
  use: (inside: InWorkspace) => Promise<Result>,
): Promise<Result> {
  return beating(async (beat) => {
    const layers = await layersOf(workspaces, subject);
    const { repo, tree, near } = subject;
    const workspace = await workspaces.open({ repo, tree, near, layers, limits: limitsOf(subject.blueprint.limits) });
    try {
      return await use({ workspace, beat, signal: Context.current().cancellationSignal });
    } finally {
      await workspace.close();
    }
  });
}

function limitsOf({ memoryMiB, processes, diskMiB }: Limits): SandboxLimits {
  return { memoryMiB, processes, diskMiB, outputBytes: LOG_BYTES };
}

/** What every sandbox host offers besides its own kinds of work. */
export function createHostActivities({ host, workspaces }: { readonly host: string; readonly workspaces: Workspaces }) {
  return {
    /** Runs on any sandbox host and says which one it is: the steps that follow use that host's own queue. */
    async acquireHost(): Promise<{ readonly host: string }> {
      return { host };
    },

    /** Installs what the blueprint's set-up names, or finds it installed. */
    async prepareRepo(subject: Subject): Promise<{ readonly layers: number }> {
      return beating(async () => ({ layers: (await layersOf(workspaces, subject)).length }));
    },
  };
}

export type HostActivities = ReturnType<typeof createHostActivities>;
