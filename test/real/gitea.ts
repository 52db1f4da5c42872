import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createPart, type Part } from '../../infra/cluster/part.js';
import { findGitea, findGiteaStyles, type Gitea } from '../../infra/gitea.js';
import { freePort, HOST } from '../../infra/ports.js';
import { loadConfig } from '../../temporal.config.js';
import { giteaSettings } from './gitea-settings.js';

// A real Gitea on this machine, as new: SQLite, no mail, no registration, its jobs done at once.

/** Of every person here; none of them can be reached from elsewhere. */
const PASSWORD = 'Not-a-secret-on-loopback-1';
const CALL_MS = 30_000;

export interface GiteaUser {
  readonly name: string;
  /** May do everything that the user may. */
  readonly token: string;
}

export interface GiteaCall {
  /** By default the administrator's. */
  readonly as?: GiteaUser;
  readonly body?: unknown;
}

export interface NewRepo {
  readonly owner: string;
  readonly name: string;
  /** By path; the first commit of `main`. */
  readonly files: Readonly<Record<string, string>>;
  readonly private?: boolean;
}

export interface NewTeam {
  readonly organisation: string;
  readonly name: string;
  readonly permission: 'read' | 'write' | 'admin';
  readonly members: readonly GiteaUser[];
  /** Names of the organisation's repos. */
  readonly repos: readonly string[];
}

export interface NewWebhook {
  readonly url: string;
  readonly secret: string;
  /** Gitea's names, for example `issues`, `issue_label`, `pull_request`. */
  readonly events: readonly string[];
}

export class RealGitea {
  /** Origin; the API is at `<url>/api/v1`. */
  readonly url: string;
  readonly #directory: string;
  readonly #gitea: Gitea;
  readonly #part: Part;
  #admin: GiteaUser = { name: 'site-admin', token: '' };

  private constructor(gitea: Gitea, directory: string, port: number) {
    this.url = `http://${HOST}:${port}`;
    this.#directory = directory;
    this.#gitea = gitea;
    this.#part = createPart({
      name: 'Gitea',
      command: [gitea.program, 'web', '--config', join(directory, 'app.ini')],
      log: join(directory, 'gitea.log'),
      ready: async () => (await fetch(`${this.url}/api/healthz`)).ok,
    });
  }

  /** It answers when this resolves. `say` is told of a build, which takes minutes. `styled`: its pages are to be seen. */
  static async start({
    say,
    styled = false,
  }: {
    readonly say?: (line: string) => void;
    readonly styled?: boolean;
  } = {}): Promise<RealGitea> {
    const gitea = await findGitea({ cacheDir: loadConfig().cacheDir, ...(say && { say }) });
    const directory = await mkdtemp(join(tmpdir(), 'signalbox-gitea-'));
    if (styled) {
      const styles = await findGiteaStyles({ cacheDir: loadConfig().cacheDir, ...(say && { say }) });
      await cp(styles, join(directory, 'custom/public/assets'), { recursive: true });
    }
    const port = await freePort();
    await writeFile(join(directory, 'app.ini'), giteaSettings({ directory, port, assets: gitea.assets }));
    const started = new RealGitea(gitea, directory, port);
    await started.#part.start();
    await started.#makeAdmin();
    return started;
  }

  get admin(): GiteaUser {
    return this.#admin;
  }

  async stop(): Promise<void> {
    await this.#part.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** A call of `/api/v1`. Throws with Gitea's own words unless it goes well. */
  async api<Answer = unknown>(method: string, path: string, { as = this.#admin, body }: GiteaCall = {}) {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `token ${as.token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(CALL_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }

  async addUser(name: string): Promise<GiteaUser> {
    const account = { username: name, email: `${name}@example.com`, password: PASSWORD, must_change_password: false };
    await this.api('POST', '/admin/users', { body: account });
    // Gitea gives tokens for a password only.
    const response = await fetch(`${this.url}/api/v1/users/${name}/tokens`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ name: 'tests', scopes: ['all'] }),
    });
    const { sha1 } = (await response.json()) as { readonly sha1: string };
    return { name, token: sha1 };
  }

  async addOrganisation(name: string): Promise<void> {
    await this.api('POST', '/orgs', { body: { username: name } });
  }

  async addTeam({ organisation, name, permission, members, repos }: NewTeam): Promise<void> {
    const units = ['repo.code', 'repo.issues', 'repo.pulls'];
    const team = { name, permission, units };
    const { id } = await this.api<{ id: number }>('POST', `/orgs/${organisation}/teams`, { body: team });
    for (const { name: member } of members) await this.api('PUT', `/teams/${id}/members/${member}`);
    for (const repo of repos) await this.api('PUT', `/teams/${id}/repos/${organisation}/${repo}`);
  }

  /** Of a user or an organisation. Returns its `owner/name`. */
  async addRepo({ owner, name, files, private: isPrivate = false }: NewRepo): Promise<string> {
    const body = { name, private: isPrivate, default_branch: 'main', auto_init: false };
    await this.api('POST', `/orgs/${owner}/repos`, { body }).catch(() =>
      this.api('POST', `/admin/users/${owner}/repos`, { body }),
    );
    const project = `${owner}/${name}`;
    await this.push({ project, branch: 'main', files, message: 'Start' });
    return project;
  }

  async addCollaborator(project: string, { name }: GiteaUser, permission: 'read' | 'write' | 'admin'): Promise<void> {
    await this.api('PUT', `/repos/${project}/collaborators/${name}`, { body: { permission } });
  }

  /** Returns its id. */
  async addLabel(project: string, name: string): Promise<number> {
    const body = { name, color: '#336699' };
    return (await this.api<{ id: number }>('POST', `/repos/${project}/labels`, { body })).id;
  }

  async addWebhook(project: string, { url, secret, events }: NewWebhook): Promise<void> {
    const config = { url, secret, content_type: 'json' };
    await this.api('POST', `/repos/${project}/hooks`, { body: { type: 'gitea', config, events, active: true } });
  }

  /** One more commit on a branch, which is made from `main` when it is not there. Returns the commit. */
  async push(change: {
    readonly project: string;
    readonly branch: string;
    readonly files: Readonly<Record<string, string>>;
    readonly message: string;
    readonly as?: GiteaUser;
  }): Promise<string> {
    const { project, branch, files, message, as = this.#admin } = change;
    const directory = await mkdtemp(join(this.#directory, 'clone-'));
    const git = (...args: string[]) => this.#git(directory, as, args);
    await git('init', '--quiet', '--initial-branch', branch, '.');
    const remote = `${this.url}/${project}.git`;
    const from = await git('fetch', '--quiet', remote, branch)
      .catch(() => git('fetch', '--quiet', remote, 'main'))
      .then(
        () => 'FETCH_HEAD',
        () => undefined,
      );
    if (from) await git('reset', '--quiet', '--hard', from);
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', '--message', message);
    await git('push', '--quiet', remote, `HEAD:refs/heads/${branch}`);
    return git('rev-parse', 'HEAD');
  }

  async #git(cwd: string, { name, token }: GiteaUser, args: readonly string[]): Promise<string> {
    const who = ['-c', `user.name=${name}`, '-c', `user.email=${name}@example.com`];
    const { stdout } = await promisify(execFile)('git', [...who, ...args], {
      cwd,
      env: {
        PATH: loadConfig().path,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `http.${this.url}/.extraHeader`,
        GIT_CONFIG_VALUE_0: `Authorization: token ${token}`,
      },
    });
    return stdout.trim();
  }

  async #makeAdmin(): Promise<void> {
    const { name } = this.#admin;
    const command = ['admin', 'user', 'create', '--config', join(this.#directory, 'app.ini'), '--admin'];
    const account = ['--username', name, '--password', PASSWORD, '--email', `${name}@example.com`];
    const token = ['--must-change-password=false', '--access-token', '--access-token-scopes', 'all'];
    const { stdout } = await promisify(execFile)(this.#gitea.program, [...command, ...account, ...token]);
    const made = /successfully created\.\.\. ([0-9a-f]{40})/.exec(stdout)?.[1];
    if (made === undefined) throw new Error(`Gitea did not name a token for its administrator: ${stdout}`);
    this.#admin = { name, token: made };
  }
}
