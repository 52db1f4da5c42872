import type { z } from 'zod';
import { type Conversation, READING_TOOLS, type Session, ToolName } from '../schemas/agent.js';
import type { Part } from '../schemas/model.js';
import { parse, RefusedInput } from '../schemas/parse.js';
import { ROLE_OUTPUTS } from '../schemas/role-output.js';
import { type FileCall, isFileTool, TOOL_INPUTS, type ToolInput } from '../schemas/tool.js';
import { oneLine } from './tool-text.js';

// What a model asked for, checked before anything of it is done. Its words decide nothing about what it may ask for.

export type ToolCall = Extract<Part, { type: 'tool-call' }>;

export type EndingInput =
  | { readonly tool: 'submit'; readonly output: unknown }
  | ({ readonly tool: 'cannot_do' } & ToolInput<'cannot_do'>)
  | ({ readonly tool: 'split_me' } & ToolInput<'split_me'>)
  | ({ readonly tool: 'ask' } & ToolInput<'ask'>);

export type CheckedCall =
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'file'; readonly call: FileCall }
  | { readonly kind: 'output'; readonly sha256: string; readonly from: number; readonly characters: number }
  | { readonly kind: 'run'; readonly input: ToolInput<'run'> }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'ending'; readonly ending: EndingInput };

/** Of one answer of a model: more is not work but a flood. */
const CALLS = 32;
const IMAGES = 4;
const NOTES = 3;

/** One for each call, in order. */
export function checkCalls(
  calls: readonly ToolCall[],
  session: Pick<Session, 'role' | 'tools'>,
  { outputs }: Pick<Conversation, 'outputs'>,
): CheckedCall[] {
  const offered = session.tools.map(({ name }) => name);
  const counts = { view_image: IMAGES, note: NOTES };
  return calls.map(({ name, input }, index) => {
    const tool = ToolName.safeParse(name).data;
    if (tool === undefined || !offered.includes(tool)) {
      return refused(`there is no tool ${oneLine(name, 60)} for you; you may call ${offered.join(', ')}`);
    }
    if (index >= CALLS) return refused(`at most ${CALLS} calls at a time: call it again`);
    if ((tool === 'view_image' || tool === 'note') && --counts[tool] < 0) {
      return refused(`too many calls of ${tool} at a time`);
    }
    if (typeof input === 'string') {
      return refused(`the arguments of ${tool} are not valid JSON: ${whyNotJson(input)}; call it again`);
    }
    try {
      return check(tool, input, session, outputs);
    } catch (error) {
      if (error instanceof RefusedInput) return refused(error.message);
      throw error;
    }
  });
}

/** What a parser says of arguments that a provider could not read. */
function whyNotJson(text: string): string {
  try {
    JSON.parse(text);
    return 'expected an object';
  } catch (error) {
    return oneLine((error as Error).message, 120);
  }
}

function check(
  tool: ToolName,
  input: unknown,
  { role }: Pick<Session, 'role'>,
  outputs: readonly string[],
): CheckedCall {
  if (tool === 'submit') {
    return { kind: 'ending', ending: { tool, output: parse(ROLE_OUTPUTS[role], input, 'what you handed in') } };
  }
  if (tool === 'run') return checkRun(inputOf('run', input));
  if (tool === 'note') return { kind: 'note', text: inputOf('note', input).text };
  if (tool === 'cannot_do') return { kind: 'ending', ending: { tool, ...inputOf(tool, input) } };
  if (tool === 'split_me') return { kind: 'ending', ending: { tool, ...inputOf(tool, input) } };
  if (tool === 'ask') return { kind: 'ending', ending: { tool, ...inputOf(tool, input) } };
  if (tool === 'read') {
    const { output, from = 0, characters } = inputOf(tool, input);
    if (output !== undefined && !outputs.includes(output)) return refused(`no output of yours has the name ${output}`);
    if (output !== undefined) return { kind: 'output', sha256: output, from, characters };
  }
  if (isFileTool(tool)) return { kind: 'file', call: { tool, input: inputOf(tool, input) } as FileCall };
  return refused(`${tool satisfies never} can't be called`);
}

function checkRun(input: ToolInput<'run'>): CheckedCall {
  const { command, in: directory } = input;
  if (`${command}${directory}`.includes('\0')) return refused('run: a command holds no zero bytes');
  if (directory.startsWith('/') || directory.split('/').includes('..')) {
    return refused('in: expected a directory from the root of the workspace, without ".."');
  }
  return { kind: 'run', input };
}

function inputOf<Name extends ToolName>(tool: Name, input: unknown): ToolInput<Name> {
  return parse(TOOL_INPUTS[tool] as z.ZodType, input, `the call of ${tool}`) as ToolInput<Name>;
}

function refused(text: string): CheckedCall {
  return { kind: 'refused', text };
}

/** Whether a call can change files of the workspace. */
export function writes(call: CheckedCall): boolean {
  return call.kind === 'run' || (call.kind === 'file' && !READING_TOOLS.includes(call.call.tool));
}

export function needsWorkspace({ kind }: CheckedCall): boolean {
  return kind === 'file' || kind === 'run';
}
