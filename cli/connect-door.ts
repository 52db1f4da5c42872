import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Source } from '../schemas/source.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { DOOR_GUIDES, type DoorGuide } from './door-guides.js';
import { Refusal } from './errors.js';
import { json, type Output, processOutput } from './output.js';
import { type Delivered, sendTest } from './test-delivery.js';

// Walks a person through the set-up of a door: what to do at the source, the secret, and a test of it.

export interface ConnectDoor {
  readonly door: string | undefined;
  /** Public address of the gateway. */
  readonly url: string | undefined;
  /** Where the gateway is reached from here. */
  readonly gateway: string | undefined;
  /** Holds the secret that the source has made. */
  readonly secretFile: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

interface Connected {
  readonly door: Source;
  readonly address: string;
  readonly where: string;
  readonly events: string;
  readonly secretGoes: string;
  /** Of the secret; never the secret itself. */
  readonly secret: { readonly file?: string; readonly made: boolean };
  /** Lines for the environment of gateway and workers. */
  readonly environment: readonly string[];
  readonly accounts: readonly { readonly variable: string; readonly means: string; readonly set: boolean }[];
  readonly test?: Delivered;
}

export async function connectDoor(options: ConnectDoor, config: Config = loadConfig()): Promise<number> {
  const output = processOutput(config.color);
  if (options.door === undefined) return list(config, options.json, output);
  const guide = DOOR_GUIDES.find(({ door }) => door === options.door);
  if (!guide) throw new Refusal(`there is no door "${options.door}"; there are ${DOOR_GUIDES.map(nameOf).join(', ')}`);
  const variable = `${guide.door.toUpperCase()}_WEBHOOK_SECRET`;
  const file = options.secretFile ? resolve(options.secretFile) : join(config.stateDir, 'secrets', variable);
  const known = config.webhookSecrets[guide.door]?.[0];
  const makes = known === undefined && !existsSync(file);
  if (makes && options.secretFile) throw new Refusal(`there is no file ${file}`);
  if (makes && !(await mayMake(options, file))) throw new Refusal('nothing was made');
  if (makes) make(file);
  const secret = known ?? readFileSync(file, 'utf8').trim();
  const { host, port } = config.gateway;
  const gateway = options.gateway ?? `http://${host}:${port}`;
  const test = await sendTest(guide.door, secret, gateway.replace(/\/+$/, ''));
  const connected: Connected = {
    ...{ door: guide.door, where: guide.where, events: guide.events, secretGoes: guide.secretGoes },
    address: `${(options.url ?? gateway).replace(/\/+$/, '')}/webhooks/${guide.door}`,
    secret: { made: makes, ...(known === undefined && { file }) },
    environment: known === undefined ? [`${variable}_FILE=${file}`] : [],
    accounts: accountsOf(guide, config),
    ...(test && { test }),
  };
  if (options.json) output.data(json(connected));
  else for (const line of described(connected)) output.data(line);
  return test?.ok === false ? 1 : 0;
}

function nameOf({ door }: DoorGuide): string {
  return door;
}

function list(config: Config, asJson: boolean, output: Output): number {
  const doors = DOOR_GUIDES.map((guide) => ({
    door: guide.door,
    open: config.webhookSecrets[guide.door] !== undefined,
    accounts: accountsOf(guide, config),
  }));
  if (asJson) output.data(json(doors));
  else
    for (const { door, open } of doors)
      output.data(`${open ? '✔' : '·'} ${door}${open ? '' : ': signalbox connect '}${open ? '' : door}`);
  return 0;
}

/** Who runs this by a program says so; who sits before it is asked. */
async function mayMake({ yes }: ConnectDoor, file: string): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) throw new Refusal(`this would write a new secret to ${file}: say --yes`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|)$/i.test((await asking.question(`Write a new secret to ${file}? [Y/n] `)).trim());
  } finally {
    asking.close();
  }
}

/** Nobody else on this machine reads it. */
function make(file: string): void {
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
}

function accountsOf({ accounts }: DoorGuide, { linear, jira, forges }: Config): Connected['accounts'] {
  const set: Readonly<Record<string, boolean>> = {
    LINEAR_API_KEY: linear.apiKey !== undefined,
    JIRA_API_TOKEN: jira !== undefined,
    JIRA_EMAIL: jira?.email !== undefined,
    JIRA_BASE_URL: jira !== undefined,
    GITHUB_TOKEN: forges.github.token !== undefined || forges.github.app !== undefined,
    GITEA_TOKEN: forges.gitea.token !== undefined,
    GITEA_URL: forges.gitea.url !== undefined,
  };
  return accounts.map(({ variable, means }) => ({ variable, means, set: set[variable] ?? false }));
}

function described({
  door,
  address,
  where,
  events,
  secretGoes,
  secret,
  environment,
  accounts,
  test,
}: Connected): string[] {
  return [
    `1. At ${door}: ${where}`,
    `   address  ${address}`,
    `   events   ${events}`,
    `   secret   ${secretGoes}${secret.file ? `; it is in ${secret.file}` : ''}`,
    ...(environment.length > 0 ? ['2. For the gateway:', ...environment.map((line) => `   ${line}`)] : []),
    ...(accounts.length > 0 ? ['3. For the workers:'] : []),
    ...accounts.map((account) => `   ${account.set ? '✔' : '✘'} ${account.variable}: ${account.means}`),
    test
      ? `${test.ok ? '✔' : '✘'} test: ${test.detail}${test.remedy ? `; ${test.remedy}` : ''}`
      : `· test: send one from ${door} itself`,
  ];
}
