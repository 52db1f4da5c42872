import { LogLevel, WebClient } from '@slack/web-api';
import { z } from 'zod';
import { parse } from '../../schemas/parse.js';
import { timeLimit, untilAborted } from '../../schemas/time-limit.js';

// Slack's Web API. Nothing is tried again in here and no rate limit is slept out: Temporal owns both.

/** Slack answers within a second; what takes longer is looked for and tried again. */
const REQUEST_MS = 8_000;

export interface SlackApi {
  readonly token: string;
  /** With a slash at its end. */
  readonly apiUrl: string;
  /** Per request. */
  readonly timeoutMs?: number;
}

export type CallSlack = <Answer extends z.ZodType>(
  method: string,
  args: Readonly<Record<string, unknown>>,
  options: { readonly answer: Answer; readonly signal?: AbortSignal | undefined },
) => Promise<z.infer<Answer>>;

export function slackCalls({ token, apiUrl, timeoutMs = REQUEST_MS }: SlackApi): CallSlack {
  return async (method, args, { answer, signal: given }) => {
    const signal = timeLimit(timeoutMs, given);
    const client = new WebClient(token, {
      slackApiUrl: apiUrl,
      fetch: (url, init) => fetch(url, { ...init, signal } as RequestInit),
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      // Its warnings repeat what the failure says.
      logger: SILENT,
    });
    const result = await untilAborted(signal, client.apiCall(method, { ...args }));
    return parse(answer, result, `Slack's answer to ${method}`);
  };
}

const nothing = () => undefined;
const SILENT = {
  ...{ debug: nothing, info: nothing, warn: nothing, error: nothing, setLevel: nothing, setName: nothing },
  getLevel: () => LogLevel.ERROR,
};

export const SlackMessage = z.object({
  ts: z.string(),
  text: z.string().default(''),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  thread_ts: z.string().optional(),
  metadata: z
    .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
    .optional()
    .catch(undefined),
  reactions: z.array(z.object({ name: z.string(), users: z.array(z.string()) })).default([]),
});
export type SlackMessage = z.infer<typeof SlackMessage>;

export const Self = z.object({ user_id: z.string(), bot_id: z.string().optional(), url: z.string() });
export type Self = z.infer<typeof Self>;
export const Messages = z.object({ messages: z.array(SlackMessage).default([]) });
export const Posted = z.object({ ts: z.string() });
export const Done = z.object({ ok: z.literal(true) });
export const Reacted = z.object({ message: SlackMessage });
