import { z } from 'zod';
import { BlobRef } from './blob-ref.js';
import { ToolSpec } from './model.js';
import { Price, type Usage } from './money.js';

// One agent at work: a role with a contract, a conversation kept as blobs, turns of one model call and the tools that
// it asked for. Histories carry addresses and counts only, so a turn weighs the same however long the conversation is.

export const RoleName = z.enum([
  'planner',
  'critic',
  'coder',
  'tester',
  'reviewer',
  'writer',
  'triager',
  'incident-analyst',
]);
export type RoleName = z.infer<typeof RoleName>;

export const ToolName = z.enum([
  'list',
  'read',
  'search',
  'edit',
  'patch',
  'run',
  'view_image',
  'note',
  'submit',
  'cannot_do',
  'split_me',
  'ask',
]);
export type ToolName = z.infer<typeof ToolName>;

/** Tools that leave the workspace as it was: a batch of them runs side by side. */
export const READING_TOOLS: readonly ToolName[] = ['list', 'read', 'search', 'view_image'];

/** Hexadecimal SHA-256 of a blob: 64 characters. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export type Sha256 = z.infer<typeof Sha256>;

/** Where a role may leave changes, as globs. What it changes elsewhere is undone before anything is kept. */
export const Scope = z.strictObject({
  allow: z.array(z.string()),
  deny: z.array(z.string()),
  /** Each of these lists must match as well: what the repository and the task leave of a role's own scope. */
  narrowed: z.array(z.array(z.string())).optional(),
});
export type Scope = Readonly<z.infer<typeof Scope>>;

/** A step of the ladder: models of about one strength, the preferred one first. */
export const Rung = z.strictObject({
  tier: z.enum(['small', 'strong']),
  models: z.array(z.string()).min(1),
  because: z.string(),
  /** The dearest of its models; null when one has no known price. */
  price: Price.nullable(),
  /** The smallest of its models. */
  contextTokens: z.number().int().positive(),
  maxOutputTokens: z.number().int().positive(),
});
export type Rung = Readonly<z.infer<typeof Rung>>;

export const Route = z.strictObject({
  rungs: z.array(Rung),
  dropped: z.array(z.strictObject({ model: z.string(), because: z.string() })),
});
export type Route = Readonly<z.infer<typeof Route>>;

/** What the calls of one agent have in common; a blob. */
export const Session = z.strictObject({
  version: z.literal(1),
  /** Prefix of the keys under which paid answers are kept. */
  key: z.string(),
  role: RoleName,
  /** `<role>@<version>`, and the hash of the prompt's text. */
  prompt: z.strictObject({ name: z.string(), sha256: Sha256 }),
  system: z.string(),
  tools: z.array(ToolSpec),
  scope: Scope,
  repo: z.string(),
  near: z.string().describe('Tree that hosts have checked out'),
  blueprint: BlobRef,
  rungs: z.array(Rung).min(1),
  thinkingTokens: z.number().int().nonnegative(),
});
export type Session = Readonly<z.infer<typeof Session>>;

/** The state of a conversation; a blob that names blobs. Messages never change, so the prefix never breaks. */
export const Conversation = z.strictObject({
  version: z.literal(1),
  messages: z.array(Sha256),
  /** Full outputs that were cut for the model: it may read these, and no other blob. */
  outputs: z.array(Sha256),
});
export type Conversation = Readonly<z.infer<typeof Conversation>>;

/** A part of what an agent is told at its start. */
export const BriefPart = z.strictObject({
  title: z.string(),
  /** Where the text comes from, told to the model with it: `ticket PAR-1`, `AGENTS.md of the base`. */
  from: z.string(),
  /** Signalbox's own words; everything else is quoted as text without authority. */
  own: z.boolean().default(false),
  text: z.string().optional(),
  /** More of it; a picture is shown to models that can see. */
  blob: BlobRef.optional(),
});
export type BriefPart = Readonly<z.input<typeof BriefPart>>;

export interface OpenSession {
  readonly key: string;
  readonly role: RoleName;
  /** What kind of work it is, for the router: `bug`, `feature`, `test`, `docs`, `plan`, `review`. */
  readonly kind: string;
  readonly repo: string;
  readonly near: string;
  readonly tree: string;
  readonly blueprint: BlobRef;
  readonly brief: readonly BriefPart[];
  /** Narrows the scope of the role: both must allow, either may deny. */
  readonly scope?: Scope;
  /** Model names not to use: a reviewer is not to be the author's model where there is another one. */
  readonly avoid?: readonly string[];
  /** Added to the role's instructions: a reviewer's lens. */
  readonly lens?: string;
}

export interface OpenedSession {
  readonly session: Sha256;
  readonly conversation: Sha256;
  /** `<role>@<version> sha256:<12 characters>` */
  readonly prompt: string;
  readonly route: Route;
  /** Estimated tokens of the conversation so far. */
  readonly context: number;
  readonly maxTurns: number;
  /** Null: no cap of its own. */
  readonly maxUsd: number | null;
}

/** What somebody has to say to the agent before its next call. */
export const Notice = z.strictObject({
  from: z.string().describe('`gates`, `review`, `budget`, `operator <name>`, `rung below`'),
  text: z.string(),
  /** More of it, quoted after the text: a log, a report. */
  blobs: z.array(BlobRef).optional(),
});
export type Notice = Readonly<z.infer<typeof Notice>>;

export interface CallModel {
  readonly session: Sha256;
  readonly conversation: Sha256;
  /** Number of the call in its session, from 1: with the session's key the name of the paid answer. */
  readonly n: number;
  /** Index into the session's rungs. */
  readonly rung: number;
  readonly inbox?: readonly Notice[];
  /** What was reserved for. */
  readonly maxOutputTokens: number;
  /** Prefers it while it is well: a conversation that stays with its model reads its cache. */
  readonly prefer?: string;
}

export interface CallResult {
  readonly conversation: Sha256;
  readonly model: string;
  readonly stop: 'end' | 'tools' | 'length' | 'refusal';
  /** Tool calls that it asked for. */
  readonly calls: number;
  readonly usage: Usage;
  readonly usd: number | null;
  /** Tokens of the conversation, as the provider counted them. */
  readonly context: number;
  /** Why another model than the preferred one answered. */
  readonly instead?: string;
  /** An earlier try had paid for it. */
  readonly earlier?: true;
  /** The first words of what it said, for people: at most 200 characters. */
  readonly said?: string;
}

/** Details of the failure `QuotaExhausted`. */
export interface QuotaWait {
  /** ISO 8601: when the first provider has quota again, as far as it is known. */
  readonly until: string;
  /** From the first such failure until whoever waits gives up. */
  readonly longestMs: number;
}

export interface RunTools {
  readonly repo: string;
  readonly tree: string;
  readonly session: Sha256;
  readonly conversation: Sha256;
}

export type Ending =
  | { readonly tool: 'submit'; readonly output: BlobRef; readonly summary: string }
  | { readonly tool: 'cannot_do'; readonly because: string }
  | { readonly tool: 'split_me'; readonly because: string; readonly parts: readonly string[] }
  | { readonly tool: 'ask'; readonly question: string; readonly options: readonly string[] };

export interface ToolsResult {
  readonly conversation: Sha256;
  readonly tree: string;
  /** Estimated tokens that the results add. */
  readonly context: number;
  /** Of the calls and their results: equal twice in a row is no progress. */
  readonly digest: string;
  /** Calls that were refused: unknown tool, bad input, not this role's, outside its scope. */
  readonly refused: number;
  /** What it did, for people: at most 200 characters. */
  readonly did: string;
  /** For the mission's memory. */
  readonly notes?: readonly string[];
  readonly ending?: Ending;
}
