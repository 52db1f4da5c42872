import type { BlobRef } from '../schemas/blob-ref.js';
import type { Gate, SetupStep } from '../schemas/blueprint.js';
import type { Verdict } from '../schemas/verdict.js';
import type { SourceItem } from '../schemas/work-item.js';

// What the outside must offer to the activities: code, where it runs, where it comes from and goes. Adapters implement
// these; tests hand in real ones. Models and figures: ports-models.ts. What lasts: ports-records.ts.

/** Where a repo's history is: the forge's repository that the depot mirrors. */
export interface RepoLocation {
  readonly name: string;
  /** A path or URL that git can fetch from. */
  readonly url: string;
  readonly defaultBranch: string;
}

export interface CommitTree {
  /** 40 hexadecimal characters. */
  readonly commit: string;
  readonly tree: string;
}

export interface ChangedFile {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'deleted' | 'typechange';
  readonly binary: boolean;
  readonly addedLines: readonly { readonly line: number; readonly text: string }[];
  readonly removedLines: readonly { readonly line: number; readonly text: string }[];
}

export interface CommitRequest {
  readonly repo: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  /** Seconds since the epoch: given, so that the same request always makes the same commit. */
  readonly time: number;
}

export interface Restriction {
  /** Ids of trees. */
  readonly base: string;
  readonly tree: string;
  /** Whether a change of this path may stay. */
  readonly keep: (path: string) => boolean;
}

/** Bare git repositories, one per repo, that keep every snapshot. Git runs here without any work tree. */
export interface Depot {
  /** Brings the branch into the depot and returns its head. */
  fetch(repo: RepoLocation, branch: string): Promise<CommitTree>;
  /** Deterministic: equal requests give equal commits. Kept from garbage collection. */
  commit(request: CommitRequest): Promise<CommitTree>;
  /** Three-way merge of two commits over their merge base, without a work tree. */
  merge(repo: string, ours: string, theirs: string): Promise<{ tree: string } | { conflicts: readonly string[] }>;
  diff(repo: string, from: string, to: string): Promise<readonly ChangedFile[]>;
  /** Unified diff as text. */
  patch(repo: string, from: string, to: string): Promise<string>;
  list(repo: string, tree: string): Promise<readonly string[]>;
  /** Undefined when the tree has no such file. */
  read(repo: string, tree: string, path: string): Promise<string | undefined>;
  /** The directory of the bare repository: forges fetch from it. */
  directory(repo: string): string;
  /**
   * The tree with those changes against the base undone that may not stay, and the paths of these. New and changed
   * links, to paths or to commits, never stay.
   */
  restrict(
    repo: string,
    restriction: Restriction,
  ): Promise<{ readonly tree: string; readonly undone: readonly string[] }>;
  treeOf(repo: string, commit: string): Promise<string>;
  isAncestor(repo: string, ancestor: string, descendant: string): Promise<boolean>;
  /** E-mail addresses of the authors and co-authors of what `to` has and `from` has not, ourselves excepted. */
  authors(repo: string, from: string, to: string): Promise<readonly string[]>;
}

export interface SandboxLimits {
  readonly memoryMiB: number;
  readonly processes: number;
  readonly diskMiB: number;
  /** Largest output kept per stream; the rest is counted and dropped. */
  readonly outputBytes: number;
  /** How long a command may neither say anything nor use processors; without a limit by default. */
  readonly hungMs?: number;
}

export interface SandboxCommand {
  /** Run by `/bin/sh -c`, or as is when an array. */
  readonly command: string | readonly string[];
  /** Directory from the root of the workspace. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called with each chunk of stdout as it comes. */
  readonly onStdout?: (chunk: string) => void;
}

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why the sandbox ended it, when it did. */
  readonly ended?: 'timeout' | 'cancelled' | 'disk' | 'memory' | 'hung';
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes that were dropped over `outputBytes`. */
  readonly dropped: number;
  readonly durationMs: number;
}

export interface Shell {
  /** A command in the running sandbox: no new namespaces, so it costs about a plain spawn. */
  exec(command: SandboxCommand): Promise<CommandResult>;
}

/** A writable, sandboxed checkout of one tree. Not shared, not durable: what must last is a snapshot. */
export interface Workspace {
  readonly id: string;
  /** A command in a fresh sandbox over this workspace; its exit status can't be forged by the command before it. */
  exec(command: SandboxCommand): Promise<CommandResult>;
  /** The warm sandbox of this workspace, started at first use. */
  shell(): Promise<Shell>;
  /** Keeps the present tree in the depot. Ignored files are not part of it. Leaves the workspace usable. */
  snapshot(): Promise<{ readonly tree: string }>;
  /** Undefined when there is no such regular file; throws over `maxBytes`. */
  readFile(path: string, maxBytes: number): Promise<Buffer | undefined>;
  writeFile(path: string, content: string | Buffer): Promise<void>;
  /** Ends what runs and removes what is on disk. */
  close(): Promise<void>;
}

export interface OpenWorkspace {
  readonly repo: string;
  readonly tree: string;
  /** A tree near it whose shared checkout is reused; by default the tree itself. */
  readonly near?: string;
  /** Set-up layers, from `prepare`. */
  readonly layers: readonly string[];
  readonly limits: SandboxLimits;
}

export interface PrepareRequest {
  readonly repo: string;
  readonly tree: string;
  readonly step: SetupStep;
  /** Layers of earlier steps. */
  readonly layers: readonly string[];
  readonly limits: SandboxLimits;
  readonly signal?: AbortSignal;
  readonly onOutput?: (chunk: string) => void;
}

export interface Workspaces {
  open(request: OpenWorkspace): Promise<Workspace>;
  /** Runs a set-up step, or finds its layer by the content of its lockfiles. Returns the layer's id. */
  prepare(request: PrepareRequest): Promise<{ readonly layer: string; readonly cached: boolean }>;
  /** The repair engine as seen from inside the sandbox: a command. */
  readonly engine: readonly string[];
  /** The file tools of agents as seen from inside the sandbox: a command. */
  readonly tools: readonly string[];
}

/** Keeps a sandbox host clean and within its limits. All sizes in bytes. */
export interface SandboxUpkeep {
  reap(): Promise<{ readonly processes: number; readonly removed: number; readonly quarantined: number }>;
  makeRoom(): Promise<{ readonly removedBytes: number; readonly freeBytes: number }>;
}

export type TidiedHost = Awaited<ReturnType<SandboxUpkeep['reap']>> & Awaited<ReturnType<SandboxUpkeep['makeRoom']>>;

/** When each sandbox host is tidied up. */
export interface HousekeepingSchedule {
  /** It runs from now on, if it did not. */
  ensure(host: string): Promise<void>;
  pause(host: string, why: string): Promise<void>;
}

/** Answers of gates by what decided them: an equal gate on an equal tree is not run twice. */
export interface GateCache {
  get(key: string): Promise<Verdict | undefined>;
  put(key: string, verdict: Verdict): Promise<void>;
}

/** One run of a gate by its tests. */
export interface TestRun {
  readonly repo: string;
  readonly gate: string;
  readonly tree: string;
  readonly passing: readonly string[];
  readonly failing: readonly string[];
}

/** What is known of a test since it first failed. */
export interface Flakiness {
  readonly runs: number;
  readonly failed: number;
  /** Trees on which it both passed and failed. */
  readonly flakyTrees: number;
}

/** How tests ended over all runs of gates: evidence about a test, never a verdict. */
export interface TestHistory {
  record(run: TestRun): Promise<void>;
  flakiness(repo: string, test: string): Promise<Flakiness>;
}

/** A scenario that the operator keeps from everybody who works on the code. */
export interface HoldoutScenario extends Pick<Gate, 'name' | 'in' | 'command' | 'report' | 'timeout'> {
  /** By their paths from the directory that they are put in for a run. */
  readonly files: readonly { readonly path: string; readonly content: Buffer }[];
}

/** Scenarios kept outside of the repos. */
export interface Holdouts {
  /** Empty when the operator keeps none for this repo. Throws `RefusedInput` when what is kept can't be used. */
  read(repo: string): Promise<readonly HoldoutScenario[]>;
}

export interface Blobs {
  put(content: string | Buffer, mediaType: string): Promise<BlobRef>;
  /** Throws when the blob is missing or its bytes don't match its address. */
  get(ref: Pick<BlobRef, 'sha256'>): Promise<Buffer>;
}

/** Blobs that can be asked for by addresses that may be nobody's. */
export interface BlobStore extends Blobs {
  has(sha256: string): Promise<boolean>;
}

export interface LabelledItem {
  readonly key: string;
  /** ISO 8601, by the tracker's clock. */
  readonly changedAt: string;
}

/** Where tickets live, for those who read; what writes is in ports-effects.ts. */
export interface Tracker {
  /** The item as it is now; undefined when there is none. */
  item(key: string): Promise<SourceItem | undefined>;
  /** What carries the label and is not done: what a lost webhook would have told. */
  labelled(label: string): Promise<readonly LabelledItem[]>;
}

/** Where repositories live, for those who read; what writes is in ports-effects.ts. */
export interface Forge {
  location(repo: string): RepoLocation;
  /** Undefined when there is no such branch. */
  head(repo: string, branch: string, signal?: AbortSignal): Promise<string | undefined>;
}

export interface SecretHit {
  readonly line: number;
  /** What kind of secret, never the secret. */
  readonly message: string;
}

export interface SecretScanner {
  scan(path: string, content: string): Promise<readonly SecretHit[]>;
}
