import type { Scope } from '../schemas/agent.js';
import { FileAnswer, type FileCall, type FileRequest, type ToolInput } from '../schemas/tool.js';
import { permanent } from './failure.js';
import type { Workspace } from './ports.js';
import { lastLine, oneLine } from './tool-text.js';

// Carries out checked calls in the workspace of an agent: files by the program inside the sandbox, commands by its shell.

/** A search through a large tree takes seconds; nothing that these tools do takes longer. */
const FILES_MS = 120_000;
/** Exit code of the program when the host lacks something. */
const UNFIT = 3;
const LINE_CHARACTERS = 10_000_000;
const SHOWN = 160;

export interface Answered extends Omit<FileAnswer, 'call'> {
  /** Of a command: null when the sandbox ended it. */
  readonly exitCode?: number | null;
}

export interface Place {
  readonly workspace: Workspace;
  /** The program inside the sandbox. */
  readonly tools: readonly string[];
  readonly scope: Scope;
  readonly signal: AbortSignal;
  /** What is being done, for whoever watches. */
  readonly beat: (doing: string) => void;
}

/**
 * The program works in a sandbox of its own, so that no command can be there before it; still it sits beside the files
 * of strangers, so a line that makes no sense counts as no answer.
 */
export async function runFiles(
  { workspace, tools, scope, signal, beat }: Place,
  calls: readonly FileCall[],
  onAnswer: (call: number, answer: Answered) => void,
): Promise<void> {
  const open = new Set(calls.keys());
  const onLine = (line: string) => {
    const parsed = FileAnswer.safeParse(jsonOf(line));
    if (!parsed.success || !open.delete(parsed.data.call)) return;
    const { call, ...answer } = parsed.data;
    onAnswer(call, answer);
  };
  beat(oneLine(calls.map(({ tool }) => tool).join(', '), SHOWN));
  let rest = '';
  const request: FileRequest = { calls, scope };
  const result = await workspace.exec({
    command: tools,
    stdin: JSON.stringify(request),
    timeoutMs: FILES_MS,
    signal,
    onStdout: (chunk) => {
      rest += chunk;
      if (!chunk.includes('\n')) {
        if (rest.length > LINE_CHARACTERS) rest = '';
        return;
      }
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
    },
  });
  signal.throwIfAborted();
  if (result.exitCode === UNFIT) throw permanent('SandboxRefused', `this host can't serve agents: ${result.stderr}`);
  const how = result.ended ?? `exit code ${result.exitCode}`;
  for (const call of open) onAnswer(call, { outcome: 'failed', text: `the tool ended without an answer (${how})` });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Both streams as one, as a person would see them. The command reads nothing and has no terminal. */
const TOGETHER = 'exec /bin/sh -c "$1" 2>&1';

export async function runCommand(
  { workspace, signal, beat }: Place,
  { command, in: cwd, timeoutSeconds }: ToolInput<'run'>,
): Promise<Answered> {
  const name = oneLine(command, 60);
  beat(`run ${name}`);
  const shell = await workspace.shell();
  const result = await shell.exec({
    command: ['/bin/sh', '-c', TOGETHER, 'sh', command],
    cwd,
    timeoutMs: timeoutSeconds * 1000,
    signal,
    onStdout: (chunk) => beat(oneLine(`run ${name}: ${lastLine(chunk, SHOWN)}`, SHOWN)),
  });
  signal.throwIfAborted();
  const { exitCode } = result;
  const output = `${result.stdout}${result.stderr}`.trimEnd();
  const how = {
    timeout: `ended after ${timeoutSeconds} s: it took too long`,
    disk: 'ended: the workspace is over its disk space; remove what you do not need',
    memory: 'ended: it used more memory than there is',
    hung: 'ended: it said nothing and used no processor for long, so it was waiting for something that does not come',
    cancelled: 'cancelled',
    itself: exitCode === null ? `ended by ${result.signal}` : `exit code ${exitCode}`,
  }[result.ended ?? 'itself'];
  return { outcome: exitCode === 0 ? 'done' : 'failed', exitCode, text: `${how}\n${output || '(no output)'}` };
}
