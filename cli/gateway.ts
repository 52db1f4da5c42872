import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { PeopleConfig } from '../temporal.config.js';
import type { ApprovalStatus } from '../workflows/messages-standing.js';
import { Refusal } from './errors.js';

// The gateway as a person uses it from here: with a token of their own.

/** It waits for a worker, which checks the answer. */
const ANSWER_MS = 30_000;

const Receipt = z.object({ taken: z.boolean(), said: z.string(), status: z.custom<ApprovalStatus>().optional() });
const Trouble = z.object({ error: z.string() });

/** What became of it. Throws `Refusal` when nobody was there to take it. */
export async function askGateway(people: PeopleConfig, path: string, body: unknown): Promise<z.infer<typeof Receipt>> {
  const url = new URL(path, people.gatewayUrl);
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${await tokenOf(people)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: Error) => {
    throw new Refusal(
      `the gateway does not answer at ${url.origin} (${cause(error)}); \`signalbox dev\` or \`signalbox gateway\` starts one, SIGNALBOX_GATEWAY_URL names another`,
    );
  });
  const answer: unknown = await response.json().catch(() => undefined);
  const receipt = Receipt.safeParse(answer);
  if (receipt.success) return receipt.data;
  const trouble = Trouble.safeParse(answer);
  throw new Refusal(`the gateway refused it: ${trouble.success ? trouble.data.error : `status ${response.status}`}`);
}

async function tokenOf({ token, local, tokenFile }: PeopleConfig): Promise<string> {
  if (token !== undefined) return token;
  const ours = local ? await readFile(tokenFile, 'utf8').catch(() => undefined) : undefined;
  if (ours !== undefined) return ours.trim();
  throw new Refusal(
    local
      ? `there is no token in ${tokenFile}: the gateway makes one when it starts, in the state directory (SIGNALBOX_STATE)`
      : 'set SIGNALBOX_PERSONAL_TOKEN (or SIGNALBOX_PERSONAL_TOKEN_FILE); `signalbox people token <key>` makes a token',
  );
}

function cause(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
