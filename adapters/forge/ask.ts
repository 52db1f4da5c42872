import { Octokit } from 'octokit';
import type { z } from 'zod';
import { parse } from '../../schemas/parse.js';
import { timeLimit, untilAborted } from '../../schemas/time-limit.js';
import { permanent, type Remedies, toFailure } from './failure.js';
import type { Project } from './wire.js';

// Requests to the API of a forge. GitHub and Gitea speak the same protocol, in different words.

/** Nothing is tried again in here, and nothing waits: Temporal owns both. */
const NO_RETRIES = { retry: { enabled: false }, throttle: { enabled: false } } as const;
/** More than any change has; who has more is no change that people can read. */
const PAGES = 20;

export const REPO = '/repos/{owner}/{repo}';
export const PULL = `${REPO}/pulls/{number}`;

export const ForgeClient = Octokit.defaults({ ...NO_RETRIES, userAgent: 'signalbox' });

export interface ForgeCall<Answer> {
  /** For the person who reads the failure. */
  readonly what: string;
  /** As GitHub and Octokit write it, for example `GET /repos/{owner}/{repo}/pulls`. */
  readonly route: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly answer: z.ZodType<Answer>;
  /** Whose rights it takes, where its parameters do not say that. */
  readonly project?: Project;
  readonly signal?: AbortSignal | undefined;
}

/** One request. Throws Temporal's failures. */
export type Ask = <Answer>(call: ForgeCall<Answer>) => Promise<Answer>;

export interface AskOptions {
  /** With the rights that the request needs. */
  readonly client: (about: Readonly<Record<string, unknown>>) => Promise<InstanceType<typeof ForgeClient>>;
  readonly remedies: Remedies;
  readonly timeoutMs: number;
}

export interface Asks {
  readonly ask: Ask;
  /** Throws what the forge answered with; what a status means depends on the request. */
  readonly askRaw: Ask;
  /** What `askRaw` threw, as a failure of Temporal's. */
  readonly failed: (error: unknown, what: string) => Error;
  /** Every page. */
  all<Item>(call: ForgeCall<readonly Item[]>): Promise<readonly Item[]>;
}

export function createAsks({ client, remedies, timeoutMs }: AskOptions, paging: { size: string; most: number }): Asks {
  const askRaw: Ask = async ({ what, route, parameters = {}, project, answer, signal: given }) => {
    const signal = timeLimit(timeoutMs, given);
    const request = client(project ? { ...project } : parameters).then((allowed) =>
      allowed.request(route, {
        ...parameters,
        // Followed, a request would be sent again to wherever the answer says.
        request: { signal, redirect: 'manual' },
      }),
    );
    const { status, data, headers } = await untilAborted(signal, request);
    if (status >= 300) {
      const remedy = 'if it was renamed, mend `project` in the configuration';
      throw permanent('BadInput', `${what}: the forge sends us elsewhere (${String(headers.location)}); ${remedy}`);
    }
    return parse(answer, data, `the answer to ${what}`);
  };
  const failed = (error: unknown, what: string) => toFailure(error, what, remedies);
  const ask: Ask = (call) => askRaw(call).catch((error: unknown) => Promise.reject(failed(error, call.what)));
  return {
    ...{ ask, askRaw, failed },
    async all(call) {
      const items = [];
      for (let page = 1; page <= PAGES; page++) {
        const parameters = { ...call.parameters, [paging.size]: paging.most, page };
        const batch = await ask({ ...call, parameters });
        items.push(...batch);
        if (batch.length < paging.most) return items;
      }
      throw permanent('BadInput', `${call.what}: there are more than ${PAGES * paging.most}, which nobody reads`);
    },
  };
}
