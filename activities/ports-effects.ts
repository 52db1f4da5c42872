import type { SessionSpeech } from '../schemas/agent-session.js';
import type { EffectEntry, EffectKind } from '../schemas/effect.js';
import type { CheckAction, CheckState } from '../schemas/pull-request.js';

// The writing half of what the outside offers. Only the mechanism of effects.ts calls `act`, and only the factories
// whose activities are effects may see these types: `npm run check` enforces it.

export interface Comment {
  /** Business key of the item, for example `ENG-101`. */
  readonly item: string;
  readonly body: string;
  /** Equal keys make one comment, however often it is tried. */
  readonly effectKey: string;
}

export interface StateChange {
  readonly item: string;
  readonly state: 'started' | 'completed' | 'stopped';
  readonly effectKey: string;
}

/** What an agent says in a session of its tracker. */
export interface Speech {
  /** Its id at the tracker. */
  readonly session: string;
  readonly as: SessionSpeech;
  /** Markdown. */
  readonly body: string;
  readonly effectKey: string;
}

export interface RefUpdate {
  readonly repo: string;
  readonly branch: string;
  readonly commit: string;
  /** What the branch must be now; null when it must not exist. */
  readonly expected: string | null;
}

/** A merge of a change into its base branch, by a commit that was validated. */
export interface Merge extends RefUpdate {
  /** The pull request of the change, where there is one. */
  readonly number?: number;
  /** Commit of the change's branch: what the forge must find there. */
  readonly head?: string;
  /** Of `commit`: nothing else may land. */
  readonly tree?: string;
  /** Of the merge commit, should the forge make one. */
  readonly message?: string;
}

/** A new pull request. A forge takes one per branch and base while it is open. */
export interface PullRequestOpening {
  readonly repo: string;
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  readonly draft: boolean;
}

/** How a pull request is to look from now on. */
export interface PullRequestEdit {
  readonly repo: string;
  readonly number: number;
  /** Grows with each edit of this pull request: an older one does not undo a newer one. */
  readonly version: number;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  /** Those that we set begin with `signalbox`: others stay, and ours that are not named here are taken away. */
  readonly labels: readonly string[];
  readonly state: 'open' | 'closed';
}

/** How one gate of a change stands. */
export interface Check {
  readonly repo: string;
  readonly commit: string;
  /** Of the gate, as the rules of the branch name it. */
  readonly name: string;
  readonly state: CheckState;
  /** One line. */
  readonly title: string;
  /** Markdown, where the forge shows it. */
  readonly summary: string;
  readonly detailsUrl: string | null;
  /** At most 3; where the forge has buttons. */
  readonly actions: readonly CheckAction[];
  /** Id of the workflow that it is a check of. */
  readonly mission: string;
  /** Grows with each state of this check on this commit. */
  readonly version: number;
}

/** A remark on a pull request. */
export interface Reply {
  readonly repo: string;
  readonly number: number;
  /** Id of the remark that it answers; null for one on the whole. */
  readonly inReplyTo: string | null;
  readonly body: string;
  /** Equal keys make one remark, however often it is tried. */
  readonly effectKey: string;
}

/** A pull request that is put into the merge queue of its forge, with the head that is expected there. */
export interface Enqueueing {
  readonly repo: string;
  readonly number: number;
  readonly head: string;
}

/** A message of ours in a chat. */
export interface Message {
  readonly channel: string;
  /** Of the message whose thread it goes to; null: into the channel. */
  readonly thread: string | null;
  /** What notifications have. */
  readonly text: string;
  /** Blocks as JSON, in the chat's own form. */
  readonly blocks: string;
  /** Equal keys make one message, however often it is tried. */
  readonly effectKey: string;
}

/** How a message of ours is to look from now on. */
export interface MessageEdit {
  readonly channel: string;
  /** Id of the message. */
  readonly message: string;
  readonly text: string;
  readonly blocks: string;
  /** A new one for every edit. */
  readonly effectKey: string;
}

/** What each kind of effect asks for: plain data. */
export interface EffectRequests extends Record<EffectKind, object> {
  push: RefUpdate;
  merge: Merge;
  comment: Comment;
  state: StateChange;
  speech: Speech;
  message: Message;
  'message-edit': MessageEdit;
  'pull-request': PullRequestOpening;
  'pull-request-edit': PullRequestEdit;
  check: Check;
  reply: Reply;
  enqueue: Enqueueing;
}

/** What a look at the provider finds. */
export type Sight =
  /** The effect has been made: what is left of it. */
  | { readonly trace: string }
  /** Others were there first, and it can't be made any more. */
  | { readonly moved: string | null }
  /** It has not been made. `mark`: how the provider looks now, in its own terms, for a later look. */
  | { readonly absent: true; readonly mark?: string };

export type Acted = { readonly trace: string; readonly already: boolean } | { readonly moved: string | null };

/** How one provider makes one kind of effect. */
export interface EffectProvider<Request> {
  /** How long `act` takes at most: then it has ended its calls, whatever their answer. */
  readonly actMs: number;
  /** Whether the provider itself refuses a write that comes late or for a second time. */
  readonly fenced: boolean;
  /** `mark`: of the look before the first attempt that may have written. */
  look(request: Request, watch: { readonly signal: AbortSignal; readonly mark?: string }): Promise<Sight>;
  /** One write, never retried in here; equal requests change nothing twice where the provider can tell. */
  act(request: Request, watch: { readonly signal: AbortSignal }): Promise<Acted>;
}

export interface TrackerWrites {
  readonly comments: EffectProvider<Comment>;
  readonly states: EffectProvider<StateChange>;
  /** Where the tracker has sessions of agents. */
  readonly speeches?: EffectProvider<Speech>;
}

export interface ChatWrites {
  /** The trace is the id of the message. */
  readonly messages: EffectProvider<Message>;
  /** `moved`: the message is not there any more. */
  readonly edits: EffectProvider<MessageEdit>;
}

export interface ForgeWrites {
  /**
   * Sets a branch to a commit of the depot, if it still is what was expected: compare and swap, so that a late writer
   * changes nothing.
   */
  readonly refs: EffectProvider<RefUpdate>;
}

/** What can be written on the pull requests of one forge. */
export interface PullRequestWrites {
  readonly openings: EffectProvider<PullRequestOpening>;
  readonly edits: EffectProvider<PullRequestEdit>;
  readonly checks: EffectProvider<Check>;
  readonly replies: EffectProvider<Reply>;
  /** Whichever way the forge allows. The trace is the commit that brought the change into its base. */
  readonly merges: EffectProvider<Merge>;
  /** Where the forge may have a merge queue of its own. */
  readonly enqueues?: EffectProvider<Enqueueing>;
}

export interface PullRequestForgeWrites {
  /** Undefined for a repo whose forge has no pull requests. */
  pullRequestWrites(repo: string): PullRequestWrites | undefined;
}

/** What was intended and what was done, by the key of the effect. Append-only. */
export interface EffectLedger {
  /** Oldest first. Throws when what is kept can't be read. */
  read(key: string): Promise<readonly EffectEntry[]>;
  /** Lasts when it returns. */
  append(entry: EffectEntry): Promise<void>;
}
