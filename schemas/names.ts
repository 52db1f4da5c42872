// Names that clients, workflows and workers must agree on. Pure constants: safe in the workflow sandbox.

/** All workers, whatever their version, in Temporal's Worker Versioning. */
export const DEPLOYMENT = 'signalbox';

/** Workflows and light activities. */
export const TASK_QUEUE = 'signalbox';

/** Any sandbox host: the first step of a workflow goes here, and the host that took it is kept for the next ones. */
export const SANDBOX_QUEUE = 'signalbox-sandbox';

/** The queue of one sandbox host: where a checkout is warm and, later, a workspace lives. */
export function hostQueue(host: string): string {
  return `${SANDBOX_QUEUE}/${host}`;
}

/** Calls of models: their rate is limited here, and what waits for a provider takes no sandbox's place. */
export const MODEL_QUEUE = 'signalbox-models';

/** Workflow ids are business ids: Temporal's uniqueness of running ids is the mutual exclusion. */
export const workflowId = {
  triage: (dedupeKey: string) => `triage/${dedupeKey}`,
  /** A request by a command in a chat, until it has a message and so a triage. */
  request: (id: string) => `request/${id}`,
  mission: (item: string) => `mission/${item}`,
  /** One per session of an agent at a tracker. */
  agentSession: (session: string) => `agent-session/${session}`,
  task: (item: string, node: string) => `task/${item}/${node}`,
  /** What is told of a mission in a chat. */
  thread: (item: string) => `thread/${item}`,
  approval: (item: string, n: number) => `approval/${item}/${n}`,
  review: (item: string, node: string, round: number) => `review/${item}/${node}/${round}`,
  archive: (item: string, runId: string) => `archive/${item}/${runId}`,
  /** One per repo: missions take turns to merge. */
  mergeQueue: (repo: string) => `merge-queue/${repo}`,
  /** `repo/<name>`, `team/<name>` or `org`. */
  budget: (scope: string) => `budget/${scope}`,
  /** There while everything is halted. */
  halt: () => 'halt',
  /** Tells what waits that the halt of this run is lifted. */
  resumption: (halt: string) => `resumption/${halt}`,
  housekeeping: (host: string) => `housekeeping/${host}`,
  stallWatch: () => 'stall-watch',
  /** The rounds of looking for what webhooks did not tell. */
  sweep: () => 'sweep',
  /** The rounds of looking at one figure. */
  kpi: (name: string) => `kpi/${name}`,
  /** What the alerts of one group or one fault tell of. */
  incident: (fingerprint: string) => `incident/${fingerprint}`,
  /** Says whose work a fault is; one per installation. */
  dedupe: () => 'dedupe',
} as const;

/** Search attributes and their Temporal types; all plain text, so nothing secret goes in. */
export const SEARCH_ATTRIBUTES = {
  SignalboxMission: 'Keyword',
  SignalboxRepo: 'Keyword',
  SignalboxSource: 'Keyword',
  SignalboxStage: 'Keyword',
  SignalboxRisk: 'Keyword',
  SignalboxCostUsd: 'Double',
} as const;

/** The branch that carries the change of a mission; a later mission on the same item gets a branch of its own. */
export function changeBranch(item: string, attempt: number): string {
  return attempt === 1 ? `signalbox/${item}` : `signalbox/${item}-${attempt}`;
}
