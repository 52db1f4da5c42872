import { Context } from '@temporalio/activity';
import { parse as parseYaml } from 'yaml';
import type { BlobRef } from '../schemas/blob-ref.js';
import { Blueprint, type Limits } from '../schemas/blueprint.js';
import { durationMs } from '../schemas/duration.js';
import { parse } from '../schemas/parse.js';
import type { Blobs, SandboxLimits, Workspace, Workspaces } from './ports.js';

const LOG_BYTES = 256 * 1024;
/** Often enough that a cancellation, which comes with a heartbeat's answer, is seen within seconds. */
const BEAT_MS = 1_000;

/** The code that a step works on and the rules that it obeys. */
export interface Subject {
  readonly repo: string;
  readonly tree: string;
  /** A tree near it that hosts have checked out already: the base's. */
  readonly near: string;
  /** `signalbox.yaml` as it was on the base branch. */
  readonly blueprint: BlobRef;
}

export interface WorkspacePorts {
  readonly workspaces: Workspaces;
  readonly blobs: Blobs;
}

export interface InWorkspace {
  readonly workspace: Workspace;
  readonly blueprint: Blueprint;
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
async function layersOf(workspaces: Workspaces, subject: Subject, blueprint: Blueprint): Promise<string[]> {
  const layers: string[] = [];
  for (const step of blueprint.setup) {
    const { layer } = await workspaces.prepare({
      repo: subject.repo,
      tree: subject.tree,
      step,
      layers,
      limits: limitsOf(blueprint.limits),
      signal: Context.current().cancellationSignal,
    });
    layers.push(layer);
  }
  return layers;
}

/** A fresh workspace of the subject's tree, with everything that its set-up installs. The caller closes it. */
export async function openWorkspace(
  { workspaces }: Pick<WorkspacePorts, 'workspaces'>,
  subject: Subject,
  blueprint: Blueprint,
  outputBytes = LOG_BYTES,
): Promise<Workspace> {
  const layers = await layersOf(workspaces, subject, blueprint);
  const { repo, tree, near } = subject;
  return workspaces.open({ repo, tree, near, layers, limits: { ...limitsOf(blueprint.limits), outputBytes } });
}

/** Opens a fresh workspace of the subject's tree for one step, and closes it whatever happens. */
export function inWorkspace<Result>(
  ports: WorkspacePorts,
  subject: Subject,
  use: (inside: InWorkspace) => Promise<Result>,
): Promise<Result> {
  return beating((beat) => inFreshWorkspace(ports, subject, (inside) => use({ ...inside, beat })));
}

/** The same without a heartbeat of its own, for a step that opens one workspace after the other. */
export async function inFreshWorkspace<Result>(
  ports: WorkspacePorts,
  subject: Subject,
  use: (inside: Omit<InWorkspace, 'beat'>) => Promise<Result>,
): Promise<Result> {
  const blueprint = await loadBlueprint(ports.blobs, subject.blueprint);
  const workspace = await openWorkspace(ports, subject, blueprint);
  try {
    return await use({ workspace, blueprint, signal: Context.current().cancellationSignal });
  } finally {
    await workspace.close();
  }
}

/** The blueprint that a mission obeys, by its content address. */
export async function loadBlueprint(blobs: Blobs, ref: BlobRef): Promise<Blueprint> {
  return parse(Blueprint, parseYaml((await blobs.get(ref)).toString()), `blueprint sha256:${ref.sha256}`);
}

function limitsOf({ memoryMiB, processes, diskMiB, hungAfter }: Limits): SandboxLimits {
  return { memoryMiB, processes, diskMiB, outputBytes: LOG_BYTES, hungMs: durationMs(hungAfter) };
}

/** A result, and the host that it comes from: the next steps of the same workflow find their checkout warm there. */
export interface Hosted<Result> {
  readonly host: string;
  readonly result: Result;
}

export type HostedActivities<Activities> = {
  [Name in keyof Activities]: Activities[Name] extends (input: infer Input) => Promise<infer Result>
    ? (input: Input) => Promise<Hosted<Result>>
    : never;
};

/** The same activities, telling which host did the work. */
export function onHost<Activities extends Record<string, (input: never) => Promise<unknown>>>(
  host: string,
  activities: Activities,
): HostedActivities<Activities> {
  const hosted = Object.entries(activities).map(([name, activity]) => [
    name,
    async (input: never) => ({ host, result: await activity(input) }),
  ]);
  return Object.fromEntries(hosted) as HostedActivities<Activities>;
}

/** What every sandbox host offers besides its own kinds of work. */
export function createHostActivities({ workspaces, blobs }: WorkspacePorts) {
  return {
    /** Installs what the blueprint's set-up names, or finds it installed. */
    async prepareRepo(subject: Subject): Promise<{ readonly layers: number }> {
      const blueprint = await loadBlueprint(blobs, subject.blueprint);
      return beating(async () => ({ layers: (await layersOf(workspaces, subject, blueprint)).length }));
    },
  };
}

export type HostActivities = ReturnType<typeof createHostActivities>;
