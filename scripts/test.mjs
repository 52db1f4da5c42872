// What `scripts/test` runs after the bootstrap: the checks, then jest, then one line that counts.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

// Most of what tests do is to wait: for servers, for timers, for processes that end.
const WORKERS = 2 * availableParallelism();

const NODE = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

function run(...args) {
  const started = Date.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  return { ok: status === 0, seconds: Math.round((Date.now() - started) / 1000) };
}

/** A suite that does not load counts as one failure, and so does a run without any test. */
function count(file) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return { passed: result.numPassedTests, failed: result.numPassedTests + failed === 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const directory = mkdtempSync(join(tmpdir(), 'signalbox-test-'));
const report = join(directory, 'report.json');
// Takes minutes, once: only the tests that need it wait for it. A group of its own, so that its compilers end with it.
const gitea = spawn('nice', ['-n', '19', process.execPath, 'dist/scripts/build-gitea.js'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  detached: true,
});
gitea.on('error', (error) => console.error(`Gitea is not built in the background: ${error.message}`));
const check = run('scripts/check.mjs');
const tests = run(
  ...NODE,
  'node_modules/jest/bin/jest.js',
  ...['--ci', `--maxWorkers=${WORKERS}`, '--json', `--outputFile=${report}`],
  ...process.argv.slice(2),
);
const { passed, failed } = count(report);
rmSync(directory, { recursive: true, force: true });
try {
  process.kill(-gitea.pid);
} catch {
  // It has ended by itself.
}

const all = failed + (check.ok ? 0 : 1);
console.log(`checks took ${check.seconds} s, tests ${tests.seconds} s${check.ok ? '' : '; the checks failed'}`);
console.log(`${passed} passed, ${all} failed`);
process.exitCode = all === 0 && tests.ok ? 0 : 1;
