// The scenario, and then values that no visible test names.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
execFileSync(process.execPath, ['end-to-end.mjs'], { cwd: at('.'), stdio: 'inherit' });

const program = 'from rates.rounding import billable_grams as billed; print(billed(2001), billed(2000))';
const env = { ...process.env, PYTHONPATH: '.deps:.' };
const python = execFileSync('python3', ['-c', program], { cwd: at('../rates/'), env });
assert.equal(python.toString().trim(), '2500 2000');
