import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../schemas/names.js';
import { loadConfig } from '../temporal.config.js';
import { startDevServer } from './dev-server.js';

const { cacheDir } = loadConfig();

describe('the development server', () => {
  let stateDir: string;
  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'signalbox-dev-'));
  });
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

  it('answers with every search attribute and a long retention, keeps its database, and leaves no process', async () => {
    for (const _start of ['first', 'again on the same database']) {
      const server = await startDevServer({ stateDir, cacheDir, quiet: true });
      const connection = await Connection.connect({ address: server.address });
      const { namespace } = server;
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
      const { config } = await connection.workflowService.describeNamespace({ namespace });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBeGreaterThanOrEqual(7 * 86_400);
      await connection.close();
      await server.close();
      await server.close();
      expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
      expect(await server.ended).toContain('ended with');
    }
  });

  it('says which port is taken and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startDevServer({ stateDir, cacheDir, quiet: true, memory: true, port })).rejects.toThrow(
      new RegExp(`port ${port} .*is taken.*TEMPORAL_ADDRESS`, 's'),
    );
    other.close();
  });

  it('ends with the process that started it, however that ends', async () => {
    const program = `import { startDevServer } from ${JSON.stringify(join(process.cwd(), 'dist/infra/dev-server.js'))};
      const server = await startDevServer(${JSON.stringify({ stateDir, cacheDir, quiet: true, memory: true })});
      console.log(server.pid);
      process.kill(process.pid, 'SIGKILL');`;
    const pid = Number(spawnSync(process.execPath, ['--input-type=module', '-e', program]).stdout);
    expect(pid).toBeGreaterThan(1);
    const gone = () => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true;
      }
    };
    while (!gone()) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
