import { createLogger } from '../adapters/logging/logger.js';
import { startTelemetry } from '../adapters/telemetry/telemetry.js';
import { preflight } from '../infra/preflight.js';
import { RefusedInput } from '../schemas/parse.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { startGateway } from './server.js';

// Process entry of the gateway.

function configuration(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof RefusedInput)) throw error;
    return stop([error.message]);
  }
}

function stop(lines: readonly string[]): never {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
}

const config = configuration();
const problems = preflight(config, 'gateway');
if (problems.length > 0) {
  stop(['The gateway cannot start:', ...problems.map(({ problem, remedy }) => `  ${problem}: ${remedy}`)]);
}
const log = createLogger({ ...config.log, name: 'gateway' });
const telemetry = startTelemetry({ service: 'signalbox-gateway', endpoint: config.traces });
const gateway = await startGateway({ config, log, plugins: [telemetry.plugin] }).catch((error: Error) =>
  stop([error.message]),
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'gateway stopping');
    const closed = gateway.close().then(() => telemetry.shutdown());
    closed.catch((error: Error) => stop([`the gateway did not stop cleanly: ${error.message}`]));
  });
}
