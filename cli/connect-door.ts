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
  /** Nobody said under which address the source reaches the gateway. */
  readonly isLocal: boolean;
  /** Of the secret; never the secret itself. `given`: false while the source has to make it. */
  readonly secret: { readonly file?: string; readonly made: boolean; readonly given: boolean };
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
  const { door, where, events, secretGoes } = guide;
  const names = namesOf(guide, config);
  const { host, port } = config.gateway;
  const gateway = (options.gateway ?? `http://${host}:${port}`).replace(/\/+$/, '');
  const held = await secretOf(guide, options, config);
  const test = held.value === undefined ? undefined : await sendTest(door, held.value, gateway);
  const reached = (options.url ?? gateway).replace(/\/+$/, '');
  const connected: Connected = {
    ...{ door, where, events, secretGoes, accounts: accountsOf(guide, config) },
    address: names.map((name) => `${reached}/webhooks/${name}`).join(', '),
    isLocal: options.url === undefined,
    secret: { made: held.made, given: held.value !== undefined, ...(held.file !== undefined && { file: held.file }) },
    environment: held.file === undefined ? [] : [`${variableOf(guide)}_FILE=${held.file}`],
    ...(test && { test }),
  };
  if (options.json) output.data(json(connected));
  else for (const line of described(connected)) output.data(line);
  return test?.ok === false ? 1 : 0;
}

/** What stands in its address: senders that only the configuration knows have names of their own. */
function namesOf({ door }: DoorGuide, { doors }: Config): readonly string[] {
  if (door !== 'webhook') return [door];
  if (doors.webhooks.length > 0) return doors.webhooks.map(({ name }) => name);
  throw new Refusal('describe the sender under `doors.webhooks` in signalbox.config.yaml first: docs/doors.md');
}

function variableOf({ door, variable }: DoorGuide): string {
  return variable ?? `${door.toUpperCase()}_WEBHOOK_SECRET`;
}

function secretInForce({ door }: DoorGuide, { webhookSecrets, slack }: Config): string | undefined {
  return door === 'slack' ? slack.signingSecrets[0] : webhookSecrets[door]?.[0];
}

interface Held {
  /** Undefined: the source has to make it first. */
  readonly value: string | undefined;
  /** Where it is, or goes; undefined for one that is in force already. */
  readonly file: string | undefined;
  readonly made: boolean;
}

async function secretOf(guide: DoorGuide, options: ConnectDoor, config: Config): Promise<Held> {
  const inForce = secretInForce(guide, config);
  if (inForce !== undefined) return { value: inForce, file: undefined, made: false };
  const file = options.secretFile ? resolve(options.secretFile) : join(config.stateDir, 'secrets', variableOf(guide));
  const there = existsSync(file);
  if (!there && options.secretFile) throw new Refusal(`there is no file ${file}`);
  if (!there && guide.secretIsTheirs) return { value: undefined, file, made: false };
  if (!there && !(await mayMake(options, file))) throw new Refusal('nothing was made');
  if (!there) make(file);
  const value = readFileSync(file, 'utf8').trim();
  if (value === '') throw new Refusal(`${file} is empty: write the secret into it`);
  return { value, file, made: !there };
}

function nameOf({ door }: DoorGuide): string {
  return door;
}

function list(config: Config, asJson: boolean, output: Output): number {
  const doors = DOOR_GUIDES.map((guide) => ({
    door: guide.door,
    open: secretInForce(guide, config) !== undefined || (guide.door === 'slack' && config.slack.appToken !== undefined),
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
  // Only this directory is closed: sandboxes have to pass through the one that it is in.
  mkdirSync(join(file, '../..'), { recursive: true });
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
}

function accountsOf({ accounts }: DoorGuide, { linear, jira, forges, slack }: Config): Connected['accounts'] {
  const set: Readonly<Record<string, boolean>> = {
    LINEAR_API_KEY: linear.apiKey !== undefined,
    JIRA_API_TOKEN: jira !== undefined,
    JIRA_EMAIL: jira?.email !== undefined,
    JIRA_BASE_URL: jira !== undefined,
    GITHUB_TOKEN: forges.github.token !== undefined || forges.github.app !== undefined,
    GITEA_TOKEN: forges.gitea.token !== undefined,
    GITEA_URL: forges.gitea.url !== undefined,
    SLACK_BOT_TOKEN: slack.botToken !== undefined,
    SLACK_APP_TOKEN: slack.appToken !== undefined,
  };
  return accounts.map(({ variable, means }) => ({ variable, means, set: set[variable] ?? false }));
}

function described(connected: Connected): string[] {
  const { door, address, isLocal, where, events, secretGoes, secret, environment, accounts, test } = connected;
  const later = secret.given ? `; it is in ${secret.file}` : `; put it into ${secret.file}, then run this again`;
  return [
    `1. At ${door}: ${where}`,
    `   address  ${address}${isLocal ? ` (as it is from here; \`--url\` says how ${door} reaches it)` : ''}`,
    `   events   ${events}`,
    `   secret   ${secretGoes}${secret.file === undefined ? '' : later}`,
    ...(environment.length > 0 ? ['2. For the gateway:', ...environment.map((line) => `   ${line}`)] : []),
    ...(accounts.length > 0 ? [`${environment.length > 0 ? 3 : 2}. For the workers:`] : []),
    ...accounts.map((account) => `   ${account.set ? '✔' : '✘'} ${account.variable}: ${account.means}`),
    test
      ? `${test.ok ? '✔' : '✘'} test: ${test.detail}${test.remedy ? `; ${test.remedy}` : ''}`
      : `· test: ${secret.given ? `send one from ${door} itself` : 'none before there is a secret'}`,
  ];
}
