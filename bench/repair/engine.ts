// Runs the repair engine on a checkout, as a sandbox would: one process per request.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse } from '../../schemas/parse.js';
import { RepairEvent, type RepairRequest } from '../../schemas/repair.js';

const ENGINE = fileURLToPath(new URL('../../repair/main.js', import.meta.url));

export interface Answer {
  readonly last: RepairEvent;
  /** From the first judged batch to the last: the rate of the warm runner without its start. */
  readonly judged: { readonly candidates: number; readonly seconds: number };
  readonly seconds: number;
}

export function ask({
  directory,
  request,
}: {
  readonly directory: string;
  readonly request: RepairRequest;
}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [ENGINE], { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'] });
    const marks: { readonly tried: number; readonly at: number }[] = [];
    let last: RepairEvent | undefined;
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      last = parse(RepairEvent, JSON.parse(line), 'An event of the repair engine');
      if (last.event === 'progress' && last.progress.total > 0)
        marks.push({ tried: last.progress.tried, at: performance.now() });
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = (performance.now() - started) / 1000;
      if (code !== 0 || !last) return reject(new Error(`the engine ended with ${code}: ${errors}`));
      resolve({ last, judged: rateOf(marks), seconds });
    });
    child.stdin.end(JSON.stringify(request));
  });
}

function rateOf(marks: readonly { readonly tried: number; readonly at: number }[]): Answer['judged'] {
  const [first, last] = [marks[0], marks.findLast((mark, index) => mark.tried > (marks[index - 1]?.tried ?? 0))];
  if (!first || !last || last.tried <= first.tried) return { candidates: 0, seconds: 0 };
  return { candidates: last.tried - first.tried, seconds: (last.at - first.at) / 1000 };
}
