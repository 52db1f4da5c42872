// The file tools of agents: one request as JSON on stdin, one JSON line per answer on stdout. Runs inside the sandbox,
// in the root of a workspace, so that not even a mistake in here reaches more than a command of the agent could.
import { readFileSync } from 'node:fs';
import type { FileAnswer, FileCall, FileRequest } from '../schemas/tool.js';
import { type Answer, Failed, Refused, Unfit } from './answer.js';
import { list } from './list.js';
import { read, viewImage } from './read.js';
import { search } from './search.js';

/** Exit code when the host lacks something that the tools need. */
const UNFIT = 3;

function answerTo(root: string, call: FileCall, { scope }: FileRequest): Promise<Answer> {
  switch (call.tool) {
    case 'list':
      return list(root, call.input);
    case 'read':
      return read(root, call.input);
    case 'search':
      return search(root, call.input);
    case 'view_image':
      return viewImage(root, call.input);
    // Loaded when they are needed: most batches only read.
    case 'edit':
      return import('./edit.js').then(({ edit }) => edit(root, call.input, scope));
    case 'patch':
      return import('./patch.js').then(({ patch }) => patch(root, call.input, scope));
  }
}

async function settled(root: string, call: FileCall, request: FileRequest): Promise<Answer> {
  try {
    return await answerTo(root, call, request);
  } catch (error) {
    if (error instanceof Unfit) throw error;
    if (error instanceof Refused) return { outcome: 'refused', text: error.message };
    if (error instanceof Failed) return { outcome: 'failed', text: error.message };
    return { outcome: 'failed', text: `${call.tool} failed: ${(error as Error).message}` };
  }
}

/** Calls that only read run side by side; one that writes waits for those before it, and those behind it wait for it. */
async function serve(request: FileRequest): Promise<void> {
  const root = process.cwd();
  let reading: Promise<void>[] = [];
  for (const [index, call] of request.calls.entries()) {
    const writes = call.tool === 'edit' || call.tool === 'patch';
    if (writes) await Promise.all(reading.splice(0));
    const answered = settled(root, call, request).then((answer) => say({ call: index, ...answer }));
    if (writes) await answered;
    else reading = [...reading, answered];
  }
  await Promise.all(reading);
}

function say(answer: FileAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

serve(JSON.parse(readFileSync(0, 'utf8')) as FileRequest).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof Unfit ? UNFIT : 1;
});
