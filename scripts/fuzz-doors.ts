import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../temporal.config.js';
import { type Counts, fuzzDoors } from '../test/fuzz/doors.js';

// Promise P11 in numbers: what becomes of a hundred thousand requests of every kind.

const HELP = `scripts/fuzz-doors [--requests <n>] [--seed <n>] [--report]

  --requests <n>  how many (default 100000)
  --seed <n>      the same seed makes the same requests (default 11)
  --report        writes docs/results/p11.md

Exits 1 when a forged or stale request was accepted, or a door broke; the smallest such request is shown.`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '11' },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${HELP}\n`);
  process.exit(0);
}

const COLUMNS = ['forged', 'stale', 'accepted', 'signals', 'ignored', 'quarantined', 'refused', 'broken'] as const;

function table(counts: ReadonlyMap<string, Counts>): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const total = COLUMNS.map((column) => [...counts.values()].reduce((sum, door) => sum + door[column], 0));
  return [
    row(['door', 'forged', 'stale', '**accepted**', 'a signal', 'ignored', 'quarantined', 'refused', '**broken**']),
    row(['---', ...COLUMNS.map(() => '--:')]),
    ...[...counts].map(([door, of]) => row([door, ...COLUMNS.map((column) => of[column])])),
    row(['all', ...total]),
  ].join('\n');
}

const [requests, seed] = [Number(values.requests), Number(values.seed)];
const started = performance.now();
const counts = await fuzzDoors({ requests, seed });
const seconds = Math.round((performance.now() - started) / 1000);
const rows = table(counts);
process.stdout.write(`${rows}\n${requests} requests, seed ${seed}, ${seconds} s\n`);
if (values.report) {
  const page = `# P11: forged and stale deliveries

\`scripts/fuzz-doors --requests ${requests} --seed ${seed} --report\`: ${requests.toLocaleString('en')} requests at the
doors as an installation opens them, made by fast-check. Written by that command.

- **forged**: signed with another secret, with the proof of another body or of another vendor, with a proof that was
  changed, cut, emptied or left out.
- **stale**: signed rightly, with a time outside of the door's window, before it or behind it, by up to ten years.
- **accepted**: of both, what led to a signal, was kept, or got another answer than 401 or 413. The promise: 0.
- The other columns are proven requests: whole ones, and ones with one thing bent (fields missing or of another type,
  doubled keys, \`__proto__\`, lone surrogates, nesting 100,000 deep, numbers as texts and beyond every range, half a
  body, no JSON at all, unsigned headers that say anything). **refused**: what signs a time and then says none.
- **broken**: answered with 500. The promise: 0.

${rows}
`;
  writeFileSync(join(loadConfig().installDir, 'docs/results/p11.md'), page);
}
