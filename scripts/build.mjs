// Compiles the TypeScript to dist/ and bundles the workflows once, for every worker and test to load.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { buildId } from './build-id.mjs';

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const require = createRequire(import.meta.url);
mkdirSync('dist', { recursive: true });
run('node_modules/typescript7/bin/tsc', '-p', 'tsconfig.build.json');
// The Python half of the repair engine runs as it is.
cpSync('repair/python', 'dist/repair/python', { recursive: true, filter: (file) => !/\.ts$|__pycache__/.test(file) });
// Temporal loads it by its path.
cpSync('adapters/temporal/codec/failure-converter.cjs', 'dist/adapters/temporal/codec/failure-converter.cjs');
if (existsSync('dist/workflows/index.js')) {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error };
  const bundle = async (name, options) => {
    const { code } = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../dist/workflows/index.js', import.meta.url)),
      workflowInterceptorModules: [
        // The outermost: a step that was refused because of a halt is taken again as a whole.
        fileURLToPath(new URL('../dist/workflows/halts.js', import.meta.url)),
        require.resolve('@temporalio/interceptors-opentelemetry-v2/lib/workflow-interceptors'),
      ],
      logger: quiet,
      ...options,
    });
    writeFileSync(`dist/${name}.js`, code);
  };
  await bundle('workflow-bundle');
  // The same workflows, for where payloads are encrypted: messages of their failures are payloads there.
  await bundle('workflow-bundle-encrypted', {
    failureConverterPath: fileURLToPath(new URL('../adapters/temporal/codec/failure-converter.cjs', import.meta.url)),
  });
  writeFileSync('dist/build-id', `${buildId(process.cwd())}\n`);
}
