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

/** Bolt is loaded only where Slack is configured. Throws when Socket Mode can't be opened. */
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
  const socket = new SocketModeReceiver({ appToken, logger, installerOptions: { clientOptions } });
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
  await socket.start();
  log.info('connected to Slack by Socket Mode');
  const receive = slack.signingSecrets.length > 0 ? (delivery: Delivery) => receiver.receive(delivery) : undefined;
  return { receive, close: () => socket.stop() };
}

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
