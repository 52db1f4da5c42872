import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { TRANSIENT_FAILURES } from '../../schemas/failures.js';
import { parse, RefusedInput } from '../../schemas/parse.js';

// Who is on call, as PagerDuty (REST API v2) and Opsgenie (v2) tell it: addresses of people.

/** One small answer; a person may be waiting for it. */
const ANSWER_MS = 8_000;

interface Asked {
  readonly apiUrl: string;
  readonly key: string;
  readonly schedule: string;
}

const PagerDutyAnswer = z.object({ oncalls: z.array(z.object({ user: z.object({ email: z.string().optional() }) })) });
const OpsgenieAnswer = z.object({ data: z.object({ onCallRecipients: z.array(z.string()).default([]) }) });

/** Without a time span the answer is about now; once per escalation policy that uses the schedule. */
export async function pagerdutyOnCall({ apiUrl, key, schedule }: Asked): Promise<readonly string[]> {
  const url = new URL('/oncalls', apiUrl);
  url.searchParams.append('schedule_ids[]', schedule);
  url.searchParams.append('include[]', 'users');
  url.searchParams.append('limit', '100');
  const headers = { authorization: `Token token=${key}`, accept: 'application/vnd.pagerduty+json;version=2' };
  const { oncalls } = parse(PagerDutyAnswer, await ask('PagerDuty', url, headers), "PagerDuty's answer");
  return oncalls.flatMap(({ user }) => user.email ?? []);
}

export async function opsgenieOnCall({ apiUrl, key, schedule }: Asked): Promise<readonly string[]> {
  const url = new URL(`/v2/schedules/${encodeURIComponent(schedule)}/on-calls`, apiUrl);
  url.searchParams.append('scheduleIdentifierType', 'name');
  url.searchParams.append('flat', 'true');
  const { data } = parse(
    OpsgenieAnswer,
    await ask('Opsgenie', url, { authorization: `GenieKey ${key}` }),
    "Opsgenie's answer",
  );
  return data.onCallRecipients;
}

/** What no retry mends is for whoever keeps the configuration; everything else comes again. */
async function ask(who: string, url: URL, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS) }).catch((error: Error) => {
    throw unavailable(`${who} does not answer: ${error.message}`);
  });
  if (response.ok) return response.json();
  const said = (await response.text()).slice(0, 300);
  if (response.status === 429 || response.status >= 500)
    throw unavailable(`${who} answers ${response.status}: ${said}`);
  throw new RefusedInput(`${who}'s on-call schedule`, [`${url.pathname} answers ${response.status}: ${said}`]);
}

function unavailable(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
}
