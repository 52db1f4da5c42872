import { z } from 'zod';
import { type Scope, Sha256, type ToolName } from './agent.js';

// What agents may ask for. One flat object per tool, because not every provider takes alternatives at the top of a
// schema: what must not come together is said by a refinement, and checked here.

const Path = z.string().min(1).max(1000).describe('From the root of the workspace');
const Because = z.string().min(1).max(2000);

export const RUN_SECONDS = { usual: 120, most: 600 } as const;
export const NOTE_CHARACTERS = 300;
export const LANGUAGES = ['typescript', 'tsx', 'javascript', 'python', 'html', 'css'] as const;

export const TOOL_INPUTS = {
  list: z.strictObject({
    path: Path.default('.'),
    depth: z.number().int().min(1).max(20).default(2),
    ignored: z.boolean().default(false).describe('Also what git ignores'),
  }),
  read: z
    .strictObject({
      path: Path.optional().describe('A file of the workspace'),
      from: z.number().int().min(0).optional().describe('First line, from 1; with output, first character, from 0'),
      lines: z.number().int().min(1).max(2000).default(1000),
      output: Sha256.optional().describe('Instead of path: an output that was cut, by the name that it was given'),
      characters: z.number().int().min(1).max(40_000).default(20_000).describe('With output: how much of it'),
    })
    .refine(({ path, output }) => (path === undefined) !== (output === undefined), 'expected either path or output'),
  search: z
    .strictObject({
      pattern: z.string().min(1).max(2000),
      kind: z
        .enum(['text', 'syntax'])
        .default('text')
        .describe('text: a regular expression, line by line; syntax: code with $NAME and $$$NAMES for any part of it'),
      paths: z.array(Path).max(50).default(['.']).describe('Files and directories'),
      glob: z.string().min(1).max(300).optional().describe('Only files whose path it matches'),
      language: z.enum(LANGUAGES).optional().describe('With syntax'),
      ignoreCase: z.boolean().default(false).describe('With text'),
      context: z.number().int().min(0).max(10).default(0).describe('Lines around each match'),
      ignored: z.boolean().default(false).describe('Also what git ignores'),
    })
    .refine(({ kind, language }) => kind === 'text' || language !== undefined, 'language: expected with kind syntax'),
  edit: z
    .strictObject({
      path: Path,
      old: z.string().max(200_000).describe('Occurs exactly once, white space included; empty to make a new file'),
      new: z.string().max(1_000_000),
      all: z.boolean().default(false).describe('Replaces every occurrence'),
    })
    .refine((edit) => edit.old !== edit.new || edit.old === '', 'new: the same as old'),
  patch: z.strictObject({
    patch: z.string().min(1).max(1_000_000).describe('Unified diff with --- and +++ lines; /dev/null for none'),
  }),
  run: z.strictObject({
    command: z.string().min(1).max(20_000).describe('For /bin/sh'),
    in: Path.default('.').describe('Directory to run it in'),
    timeoutSeconds: z.number().int().min(1).max(RUN_SECONDS.most).default(RUN_SECONDS.usual),
  }),
  view_image: z.strictObject({ path: Path.describe('A PNG, JPEG, GIF or WebP file') }),
  note: z.strictObject({ text: z.string().min(1).max(NOTE_CHARACTERS) }),
  /** Every role has its own: `ROLE_OUTPUTS`. */
  submit: z.unknown(),
  cannot_do: z.strictObject({ because: Because }),
  split_me: z.strictObject({ because: Because, parts: z.array(z.string().min(1).max(1000)).min(2).max(10) }),
  ask: z.strictObject({
    question: z.string().min(1).max(1000),
    options: z.array(z.string().min(1).max(200)).max(6).default([]),
  }),
} as const satisfies Readonly<Record<ToolName, z.ZodType>>;

export const TOOL_DESCRIPTIONS: Readonly<Record<ToolName, string>> = {
  list: 'Lists files and directories. What git ignores is left out unless you ask for it.',
  read: 'Reads a part of a text file with line numbers, or a part of an output that was cut.',
  search:
    'Searches files: text by a regular expression, or code by its syntax, for example kind syntax with pattern "fetch($URL, $$$REST)". Prefer it to grep.',
  edit: 'Replaces a text in a file. Give enough of the lines around it that it occurs once. With an empty old it makes a new file.',
  patch: 'Applies a unified diff to one or more files: all of it or, if a part does not fit, nothing.',
  run: 'Runs a shell command in the workspace, without network and without git. What it writes to files that git ignores stays for your next commands; nothing that it starts in the background outlives it.',
  view_image: 'Shows you an image of the workspace.',
  note: 'Keeps a fact that others who work on this mission should know: a decision, a trap, how to run something.',
  submit: 'Hands in your result and ends your work. Call it last, when everything is done and checked.',
  cannot_do: 'Ends your work without a result. Say what is in the way; that is better than a result that is not right.',
  split_me: 'Ends your work because it is too large for one change. Say which parts it should become.',
  ask: 'Ends your work until somebody has answered. Only for what you can find out in no other way.',
};

/** A call of the tools that work on files, already checked against its contract. */
const FILE_TOOLS = ['list', 'read', 'search', 'view_image', 'edit', 'patch'] as const;
export type FileTool = (typeof FILE_TOOLS)[number];

export function isFileTool(name: ToolName): name is FileTool {
  return FILE_TOOLS.some((one) => one === name);
}

export type ToolInput<Name extends ToolName> = z.infer<(typeof TOOL_INPUTS)[Name]>;

export type FileCall = { [Name in FileTool]: { readonly tool: Name; readonly input: ToolInput<Name> } }[FileTool];

/** What the program in the sandbox is asked on its stdin: calls that only read, or calls that may write. */
export interface FileRequest {
  readonly calls: readonly FileCall[];
  readonly scope: Scope;
}

const MediaType = z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** One line of its stdout. It works beside code of strangers, so what it says is checked like theirs. */
export const FileAnswer = z.strictObject({
  /** Index into the calls. */
  call: z.number().int().nonnegative(),
  text: z.string().max(200_000),
  image: z.strictObject({ mediaType: MediaType, base64: z.base64().max(8_000_000) }).optional(),
  /** `refused`: not allowed here, nothing was tried. */
  outcome: z.enum(['done', 'failed', 'refused']),
});
export type FileAnswer = Readonly<z.infer<typeof FileAnswer>>;
