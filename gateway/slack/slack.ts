import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { SlackSection } from '../../schemas/slack-settings.js';
import type { Delivery } from '../doors/door.js';
import { listenToButtons } from './buttons.js';
import { listenToCommands } from './commands.js';
import { Counter, type CounterOptions } from './counter.js';
import { listenToMessages } from './messages.js';
import { type PermissionOptions, Permissions } from './permission.js';
import { attend, type HttpAnswer, type SlackBody, SlackReceiver } from './receiver.js';

// The door of Slack: bolt hears what people do, over HTTP where Slack can reach us, by Socket Mode where it can't.

export interface SlackDoorOptions extends Omit<CounterOptions, 'permissions' | 'log'>, PermissionOptions {
  readonly slack: SlackSection & {
    readonly botToken: string;
    readonly appToken: string | undefined;
    readonly signingSecrets: readonly string[];
  };
  readonly log: Logger;
}

export interface SlackDoor {
  /** Undefined without a signing secret: then only Socket Mode is open. */
  readonly receive: ((delivery: Delivery) => Promise<HttpAnswer>) | undefined;
  close(): Promise<void>;
}

/** Bolt is loaded only where Slack is configured. Throws when Slack refuses Socket Mode; while it is away it is awaited. */
export async function openSlack({ slack, people, log, ...rest }: SlackDoorOptions): Promise<SlackDoor> {
  const { App, LogLevel, SocketModeReceiver, webApi } = await import('@slack/bolt');
  const logger = {
    debug: (...said: unknown[]) => log.debug(said.map(String).join(' ')),
    info: (...said: unknown[]) => log.debug(said.map(String).join(' ')),
    warn: (...said: unknown[]) => log.warn(said.map(String).join(' ')),
    error: (...said: unknown[]) => log.error(said.map(String).join(' ')),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
  const clientOptions = { slackApiUrl: slack.apiUrl, timeout: CALL_MS, rejectRateLimitedCalls: true, logger };
  const client = new webApi.WebClient(slack.botToken, { ...clientOptions, retryConfig: { retries: 0 } });
  let self: Promise<{ botId?: string; botUserId?: string }> | undefined;
  const authorize = async () => {
    self ??= whoWeAre(client);
    // Slack was away: it is asked again.
    self.catch(() => {
      self = undefined;
    });
    return { botToken: slack.botToken, ...(await self) };
  };
  const receiver = new SlackReceiver(slack.signingSecrets);
  const app = new App({
    receiver,
    authorize,
    logger,
    clientOptions: { ...clientOptions, retryConfig: { retries: 0 } },
  });
  const counter = new Counter({ ...rest, log, permissions: new Permissions({ slack, people }) });
  listenToCommands(app, counter);
  listenToMessages(app, counter, slack.reaction);
  listenToButtons(app, counter);

  const { appToken } = slack;
  if (appToken === undefined)
    return { receive: (delivery) => receiver.receive(delivery), close: async () => undefined };
  const socketOptions = { ...clientOptions, retryConfig: UNTIL_IT_ANSWERS };
  const socket = new SocketModeReceiver({ appToken, logger, installerOptions: { clientOptions: socketOptions } });
  socket.client.removeAllListeners('slack_event');
  socket.client.on('slack_event', async ({ body, ack, retry_num: retry }: SocketEvent) => {
    try {
      const attended = await attend(app, body, retry);
      // Without an acknowledgement Slack sends it again.
      if (!attended.again) await ack(attended.body);
    } catch (error) {
      log.error({ err: error }, 'an event of Slack failed; it comes again');
    }
  });
  const close = await connected(socket, log);
  const receive = slack.signingSecrets.length > 0 ? (delivery: Delivery) => receiver.receive(delivery) : undefined;
  return { receive, close };
}

/** Waits a little for the connection: the rest of the gateway works without it. Throws what Slack refuses for good. */
async function connected(
  socket: { start(): Promise<unknown>; stop(): Promise<unknown> },
  log: Logger,
): Promise<() => Promise<void>> {
  let closed = false;
  const connecting = socket.start().then(async () => {
    // It was on its way when it was not wanted any more.
    if (closed) await socket.stop();
    else log.info('connected to Slack by Socket Mode');
    return true;
  });
  const enough = new AbortController();
  const waited = sleep(START_MS, false, { signal: enough.signal }).catch(() => false);
  const soon = await Promise.race([connecting, waited]).finally(() => enough.abort());
  if (!soon) {
    log.warn('Slack does not answer: Socket Mode is tried until it does, and everything else works meanwhile');
    connecting.catch((error) => log.error({ err: error }, 'Slack refuses Socket Mode: nothing is heard from there'));
  }
  return async () => {
    closed = true;
    await socket.stop();
  };
}

/** How long a gateway that starts waits for Slack. */
const START_MS = 2_000;
/** As `@slack/web-api` takes it: the call that opens a connection is tried for as long as Slack is away. */
const UNTIL_IT_ANSWERS = { forever: true, unref: true, factor: 1.3, maxTimeout: 60_000 };

/** Within what Slack waits for an acknowledgement. */
const CALL_MS = 2_000;

interface SocketEvent {
  readonly body: SlackBody;
  readonly ack: (answer?: unknown) => Promise<void>;
  readonly retry_num?: number;
}

async function whoWeAre(client: { readonly auth: { test(): Promise<{ bot_id?: string; user_id?: string }> } }) {
  const { bot_id: botId, user_id: botUserId } = await client.auth.test();
  return { ...(botId !== undefined && { botId }), ...(botUserId !== undefined && { botUserId }) };
}
