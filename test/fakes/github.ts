import { createVerify, generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { GitHttp } from './git-http.js';
import { answerProblems, operationAt, requestProblems } from './github-contract.js';
import { answerGraphql } from './github-graphql.js';
import { GithubRepo } from './github-repo.js';
import { type GithubAnswer, ROUTES, refused } from './github-routes.js';
import { GithubState } from './github-state.js';
import { LoopbackServer } from './loopback-server.js';

// GitHub with one repository, `acme/shop`, as an Enterprise Server has it: the API below /api/v3, git beside it. What is
// asked and answered is checked against GitHub's own description.

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const REPO = '/repos/acme/shop';
const INSTALLATION = 7;

export class FakeGithub {
  readonly state: GithubState;
  /** What GitHub would not have understood, or not have said. */
  readonly problems: string[] = [];
  readonly app = { id: '42', privateKey } as const;
  /** Of the account `signalbox-bot`. */
  readonly token = 'ghp_of-a-person';
  readonly installationToken = 'ghs_of-an-hour';
  readonly #git: GitHttp;
  readonly #server: LoopbackServer;
  #gitUrl = '';

  /** `directory`: where it keeps the repository. `path`: PATH for git. */
  constructor({ directory, path }: { readonly directory: string; readonly path: string }) {
    this.state = new GithubState(new GithubRepo(join(directory, 'acme', 'shop.git')));
    this.#git = new GitHttp({ directory, path });
    this.#server = new LoopbackServer((request, response) =>
      this.#serve(request, response).catch((error: Error) => {
        this.problems.push(String(error.stack));
        throw error;
      }),
    );
  }

  get url(): string {
    return this.#server.url;
  }

  async start(): Promise<{ readonly url: string }> {
    this.#gitUrl = (await this.#git.start()).url;
    return this.#server.start();
  }

  async close(): Promise<void> {
    await this.#git.close();
    await this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', this.#server.url);
    if (!url.pathname.startsWith('/api/')) return this.#forward(request, response, body);
    const { status, body: answer } = this.#answer(request, url, body);
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer));
  }

  #answer(request: IncomingMessage, url: URL, bytes: Buffer): GithubAnswer {
    const who = this.#who(request.headers.authorization ?? '');
    if (!who) return refused(401, 'Bad credentials');
    const body = bytes.length === 0 ? undefined : JSON.parse(bytes.toString());
    if (url.pathname === '/api/graphql') return answerGraphql(this.state, body, this.problems);
    const path = url.pathname.slice('/api/v3'.length);
    const known = operationAt(request.method ?? '', path);
    if (!known) {
      this.problems.push(`GitHub has no ${request.method} ${path}`);
      return refused(404, 'Not Found');
    }
    const { route, operation } = known;
    this.problems.push(...requestProblems(operation, url.searchParams, body).map((problem) => `${route}: ${problem}`));
    if (path.startsWith('/repos/') && !path.startsWith(REPO)) return refused(404, 'Not Found');
    const asked = { ...who, path: path.slice(REPO.length + 1).split('/'), query: url.searchParams, body: body ?? {} };
    const answer =
      this.#identity(route, who.login) ?? ROUTES[route]?.(this.state, asked) ?? refused(500, `no ${route}`);
    if (answer.status < 400) {
      const wrong = answerProblems(operation, answer.status, answer.body);
      this.problems.push(...wrong.map((problem) => `${route}: ${problem}`));
    }
    return answer;
  }

  #identity(route: string, login: string): GithubAnswer | undefined {
    if (route === 'GET /app') return { status: 200, body: { id: 42, slug: 'signalbox' } };
    if (route === 'GET /user') return { status: 200, body: { login } };
    if (route === 'GET /repos/{owner}/{repo}/installation') return { status: 200, body: { id: INSTALLATION } };
    if (route !== 'POST /app/installations/{installation_id}/access_tokens') return undefined;
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    return { status: 201, body: { token: this.installationToken, expires_at: expires, permissions: {} } };
  }

  #who(authorization: string): { readonly login: string; readonly isApp: boolean } | undefined {
    const [, scheme = '', given = ''] = /^(\w+) (.*)$/.exec(authorization) ?? [];
    const basic = scheme.toLowerCase() === 'basic' ? Buffer.from(given, 'base64').toString().split(':')[1] : undefined;
    const token = basic ?? given;
    if (token === this.token) return { login: 'signalbox-bot', isApp: false };
    if (token === this.installationToken || isSigned(token)) return { login: 'signalbox[bot]', isApp: true };
    return undefined;
  }

  /** Git over HTTP, for those who may. */
  async #forward(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    if (!this.#who(request.headers.authorization ?? '')) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
    }
    const { 'content-type': type, 'content-encoding': encoding, 'git-protocol': protocol } = request.headers;
    const answer = await fetch(`${this.#gitUrl}${(request.url ?? '').replace('//', '/')}`, {
      method: request.method ?? 'GET',
      headers: {
        ...(type !== undefined && { 'content-type': type }),
        ...(encoding !== undefined && { 'content-encoding': encoding }),
        ...(protocol !== undefined && { 'git-protocol': String(protocol) }),
      },
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  }
}

/** Whether the App signed it, with its own key. */
function isSigned(token: string): boolean {
  const [head, payload, signature] = token.split('.');
  if (!head || !payload || !signature) return false;
  return createVerify('RSA-SHA256').update(`${head}.${payload}`).verify(publicKey, signature, 'base64url');
}
