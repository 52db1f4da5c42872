import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackServer } from './loopback-server.js';

/** Bare repositories of a directory over HTTP, by git's own server: `<url>/<name>.git`, readable and writable by all. */
export class GitHttp {
  readonly #server: LoopbackServer;

  constructor({ directory, path }: { readonly directory: string; readonly path: string }) {
    this.#server = new LoopbackServer((request, response) => serve(request, response, { directory, path }));
  }

  start(): Promise<{ readonly url: string }> {
    return this.#server.start();
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { directory, path }: { readonly directory: string; readonly path: string },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://git');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: path,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: '1',
      // Whoever has a name may push.
      REMOTE_USER: 'signalbox',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      ...(request.headers['content-length'] !== undefined && { CONTENT_LENGTH: request.headers['content-length'] }),
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  for await (const chunk of backend.stdout) chunks.push(chunk);
  answer(response, Buffer.concat(chunks));
}

/** What CGI programs print: headers, an empty line, the body. */
function answer(response: ServerResponse, output: Buffer): void {
  const end = output.indexOf('\r\n\r\n');
  const headers = output.subarray(0, end).toString().split('\r\n');
  const pairs = headers.map((line) => line.split(/:\s*/, 2)).map(([name = '', value = '']) => [name, value] as const);
  const { Status: status = '200', ...rest } = Object.fromEntries(pairs);
  response.writeHead(Number.parseInt(status, 10), rest).end(output.subarray(end + 4));
}
