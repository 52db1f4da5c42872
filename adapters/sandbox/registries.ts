import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { SetupStep } from '../../schemas/blueprint.js';
import { refused } from '../depot/git.js';
import type { Site } from './site.js';

// Where this machine gets its packages from, asked from the package managers themselves: no registry is built in.

export interface Origin {
  readonly host: string;
  readonly port: number;
}

export interface Registry {
  readonly url: string;
  /** Every origin that installing from it needs. */
  readonly origins: readonly Origin[];
}

type Name = SetupStep['registries'][number];

const ASK_MS = 60_000;
const PYPI_JSON = 'application/vnd.pypi.simple.v1+json';
/** What every index is most likely to have: the installer itself. */
const KNOWN_PROJECT = 'pip';
const PIP_DEFAULT = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)';

const run = promisify(execFile);
const known = new Map<string, Promise<Registry>>();

/** Asked once per worker; after a failure once more. */
export function registryOf(site: Site, name: Name): Promise<Registry> {
  const key = `${name} ${site.options.path}`;
  const asked = known.get(key) ?? (name === 'npm' ? npm(site) : pypi(site));
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  return asked;
}

async function npm(site: Site): Promise<Registry> {
  const url = await ask({ site, name: 'npm', program: 'npm', args: ['config', 'get', 'registry'] });
  const registry = withoutCredentials(url.trim(), 'npm');
  return { url: registry.href, origins: [originOf(registry)] };
}

async function pypi(site: Site): Promise<Registry> {
  const python = (...args: readonly string[]) => ask({ site, name: 'pypi', program: 'python3', args });
  const given = setting(await python('-m', 'pip', 'config', 'list'), 'index-url');
  const url = withoutCredentials(given ?? (await python('-c', PIP_DEFAULT)).trim(), 'pypi');
  const origins = [originOf(url), ...(await fileOrigins(url))];
  const unique = new Map(origins.map((origin) => [`${origin.host}:${origin.port}`, origin]));
  return { url: url.href, origins: [...unique.values()] };
}

interface Question {
  readonly site: Site;
  readonly name: Name;
  readonly program: string;
  readonly args: readonly string[];
}

/** In the environment of the worker: that is where a machine may say which registry it uses. */
async function ask({ site, name, program, args }: Question): Promise<string> {
  const unknown = `the ${name} registry of this machine is unknown`;
  const found = site.program(program);
  if (found === undefined) throw refused('SetupFailed', `${unknown}: install ${program} on the sandbox host`);
  try {
    return (await run(found, [...args], { cwd: '/', timeout: ASK_MS })).stdout;
  } catch (error) {
    throw refused('SetupFailed', `${unknown}: ${program} ${args.join(' ')} failed (${(error as Error).message})`);
  }
}

/** As pip orders them: the environment, the command's own section, the global one. */
function setting(list: string, key: string): string | undefined {
  const found = new Map(
    [...list.matchAll(/^(\S+)\.(\S+)='(.*)'$/gm)].map(([, section, name, value]) => [`${section}.${name}`, value]),
  );
  return [':env:', 'install', 'global']
    .map((section) => found.get(`${section}.${key}`))
    .find((value) => value !== undefined);
}

/** A secret of the machine never gets into a sandbox. */
function withoutCredentials(text: string, name: Name): URL {
  if (!URL.canParse(text)) throw refused('SetupFailed', `this machine names no usable ${name} registry: ${text}`);
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url;
}

export function originOf(url: URL): Origin {
  return { host: url.hostname, port: Number(url.port || (url.protocol === 'http:' ? 80 : 443)) };
}

const Project = z.object({ files: z.array(z.object({ url: z.string() })) });

/** An index keeps its files where its answers point to. */
async function fileOrigins(index: URL): Promise<Origin[]> {
  const page = new URL(`${index.pathname.replace(/\/$/, '')}/${KNOWN_PROJECT}/`, index);
  const response = await fetch(page, {
    headers: { accept: `${PYPI_JSON}, text/html;q=0.1` },
    signal: AbortSignal.timeout(ASK_MS),
  }).catch((error: Error) => {
    throw refused('SetupFailed', `the Python package index ${index.host} does not answer: ${error.message}`);
  });
  if (!response.ok) return [];
  const urls = response.headers.get('content-type')?.startsWith(PYPI_JSON)
    ? Project.parse(await response.json()).files.map(({ url }) => url)
    : [...(await response.text()).matchAll(/<a[^>]+href="([^"#]+)/g)].map(([, href]) => href ?? '');
  return urls.slice(0, 1).map((url) => originOf(new URL(url, page)));
}
