// `npm run check`: everything that can be judged without running the product. All checks run, two at a time; each
// failure is printed; one failure fails the whole.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const ROOMS =
  'schemas workflows activities adapters gateway cli workers repair tools infra chaos test bench scripts'.split(' ');

const CHECKS = [
  { name: 'types', run: () => node('node_modules/typescript7/bin/tsc', '--noEmit', '-p', 'tsconfig.json') },
  {
    name: 'import rules',
    run: () =>
      node(
        'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
        '--config',
        '.dependency-cruiser.cjs',
        ...ROOMS,
        'temporal.config.ts',
      ),
  },
  { name: 'unused code', run: () => node('node_modules/knip/bin/knip.js', '--no-progress') },
  { name: 'format and lint', run: () => node('node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off') },
  { name: 'blueprint schema', run: blueprintSchema },
  { name: 'environment', run: environment },
];

function node(...args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

async function blueprintSchema() {
  const built = await node('node_modules/typescript7/bin/tsc', '-p', 'tsconfig.build.json');
  const compared = await node('scripts/blueprint-schema.mjs', '--check');
  return compared.ok ? compared : { ok: false, output: built.output + compared.output };
}

/**
 * Only temporal.config.ts reads the environment. Tests may set up their own, and the repair engine runs in the sandbox,
 * where the environment is the one of the code under test.
 */
async function environment() {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], { encoding: 'utf8' });
  const readers = stdout
    .split('\n')
    .filter((file) => /^[a-z]+\/(?!.*\.test\.ts$)/.test(file) && !/^(test|bench|examples|scripts|repair)\//.test(file))
    .filter((file) => /\bprocess\.env\b|\benv\b.*\bfrom 'node:process'/.test(readFileSync(file, 'utf8')));
  const output = readers.map((file) => `${file} reads process.env: take what it needs as a parameter`).join('\n');
  return { ok: readers.length === 0, output };
}

const started = Date.now();
const queue = [...CHECKS];
let failed = 0;
await Promise.all(
  Array.from({ length: Math.max(2, Math.min(availableParallelism(), CHECKS.length)) }, async () => {
    for (let check = queue.shift(); check; check = queue.shift()) {
      const from = Date.now();
      const { ok, output } = await check.run();
      const took = `${((Date.now() - from) / 1000).toFixed(1)} s`;
      console.log(`${ok ? 'ok  ' : 'FAIL'} ${check.name} (${took})`);
      if (ok) continue;
      failed += 1;
      console.log(output.trimEnd().replace(/^/gm, '     '));
    }
  }),
);
console.log(
  `${CHECKS.length - failed} checks passed, ${failed} failed in ${((Date.now() - started) / 1000).toFixed(1)} s`,
);
process.exitCode = failed > 0 ? 1 : 0;
