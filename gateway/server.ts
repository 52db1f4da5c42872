import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Client, ClientPlugin } from '@temporalio/client';
import type { Logger } from 'pino';
import { type AnswerSigner, readSigner } from '../adapters/people/answer-keys.js';
import { ensureLocalPerson, ensureOwnKey } from '../adapters/people/local-people.js';
import { createPeople } from '../adapters/people/people-file.js';
import { createQuarantine } from '../adapters/quarantine/quarantine.js';
import { createStorage } from '../adapters/storage/storage.js';
import { connect } from '../adapters/temporal/client.js';
import { checkKeys, createPayloadCodec } from '../adapters/temporal/codec/data-converter.js';
import type { Config } from '../temporal.config.js';
import { createApp } from './app.js';
import { createApprover } from './approver.js';
import type { CodecServer } from './codec.js';
import { createCodecAccess } from './codec-access.js';
import { createDesk } from './desk.js';
import { createDispatcher, createRequests } from './dispatch.js';
import { openDoors } from './doors/index.js';
import { openSlack, type SlackDoor, type SlackDoorOptions } from './slack/slack.js';

// The front door as a server: its own process in `main.ts`, or beside the worker in one process.

const READY_MS = 2_000;
/** A sender that trickles its request in holds a socket no longer than this. */
const REQUEST_MS = 15_000;
/** Longest wait for answers that are under way when the gateway stops. */
const DRAIN_MS = 10_000;

export interface Gateway {
  /** With the port that was really bound. */
  readonly url: string;
  /** Takes no more requests, and resolves when those under way are answered. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly plugins?: ClientPlugin[];
}

export async function startGateway({ config, log, plugins }: GatewayOptions): Promise<Gateway> {
  await checkKeys(config.temporal.encryption);
  const signer = await readySigner(config);
  const storage = await createStorage(config);
  const temporal = connect(config.temporal, plugins);
  const approver = createApprover({ client: temporal.client, signer });
  const dispatcher = createDispatcher({ client: temporal.client, dedupeMs: config.dedupeMs });
  const people = createPeople(config.people).read;
  const slack = await slackDoor(config, { ...{ approver, dispatcher, people, log }, client: temporal.client });
  const app = createApp({
    dispatcher,
    slack: slack?.receive,
    ready: () => temporal.ping(READY_MS),
    log,
    doors: openDoors(config),
    quarantine: createQuarantine(storage.place('quarantine')),
    token: config.gateway.token,
    approvals: { approver, people },
    codec: codecServer(config),
  });
  const serverOptions = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS };
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions }) as Server;
  try {
    const url = await listen(server, config.gateway);
    log.info({ url, temporal: config.temporal.address, namespace: config.temporal.namespace }, 'gateway listening');
    const close = async () => {
      await slack?.close();
      await drain(server);
      await temporal.close();
    };
    return { url, close };
  } catch (error) {
    await slack?.close();
    await temporal.close();
    throw error;
  }
}

/** Only where Slack can reach us, or we it. */
function slackDoor(
  { slack }: Config,
  {
    client,
    ...rest
  }: Pick<SlackDoorOptions, 'approver' | 'dispatcher' | 'people' | 'log'> & { readonly client: Client },
): Promise<SlackDoor> | undefined {
  const { botToken, appToken, signingSecrets } = slack;
  if (botToken === undefined || (appToken === undefined && signingSecrets.length === 0)) return undefined;
  const asked = { desk: createDesk(client), requests: createRequests(client) };
  return openSlack({ slack: { ...slack, botToken }, ...asked, ...rest });
}

/** The key of this gateway; where nobody made one or wrote a people.yaml, ours stand in. */
async function readySigner({ people, user }: Config): Promise<AnswerSigner> {
  if (people.ownKey) await ensureOwnKey(people);
  if (people.local) await ensureLocalPerson({ ...people, user });
  return readSigner(people.keyFile);
}

/** Only where somebody can be told from others. */
function codecServer({ codecServer: settings, temporal }: Config): CodecServer | undefined {
  if (settings.token === undefined && settings.jwt === undefined) return undefined;
  const { uiOrigin, ...access } = settings;
  return { codec: createPayloadCodec(temporal.encryption), access: createCodecAccess(access), uiOrigin };
}

async function listen(server: Server, { host, port }: Config['gateway']): Promise<string> {
  try {
    const listening = once(server, 'listening');
    server.listen({ host, port });
    await listening;
  } catch (error) {
    throw new Error(explain(error, `${host}:${port}`), { cause: error });
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`${host} gave no port`);
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

function explain(error: unknown, where: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const remedy = 'or choose another by PORT or by `gateway` in signalbox.config.yaml';
  if (code === 'EADDRINUSE') return `${where} is taken: stop what listens there, ${remedy}`;
  if (code === 'EACCES') return `${where} may not be bound by this user: run as one who may, ${remedy}`;
  return `the gateway can't listen at ${where}: ${message}`;
}

async function drain(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  // A connection that was kept alive for more requests would hold up the stop after its last answer.
  const idling = setInterval(() => server.closeIdleConnections(), 20);
  const cutting = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(idling);
  clearTimeout(cutting);
}
