import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ratesClient } from './rates-client.js';
import { parcelServer } from './server.js';

const price = ratesClient({
  command: process.env.PYTHON ?? 'python3',
  args: ['-m', 'rates'],
  cwd: fileURLToPath(new URL('../../rates/', import.meta.url)),
});
const server = parcelServer({ price });
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => server.close());
