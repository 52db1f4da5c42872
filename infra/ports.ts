import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';

export const HOST = '127.0.0.1';

/** Below those that the kernel gives to clients, and small enough for Temporal's table of members. */
const [LOWEST, HIGHEST] = [15_000, 32_000];
const ATTEMPTS = 100;

/** A port that nobody listens at now. */
export async function freePort(host = HOST): Promise<number> {
  const [port = 0] = await freePorts(1, host);
  return port;
}

/** So many of them, all different. */
export async function freePorts(count: number, host = HOST): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; found.size < count; attempt++) {
    if (attempt > count * ATTEMPTS) throw new Error(`no ${count} free ports from ${LOWEST} to ${HIGHEST}`);
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port, host)) found.add(port);
  }
  return [...found];
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Whether something takes connections there. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}
