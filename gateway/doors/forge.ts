import { z } from 'zod';
import { actor, type Event } from './received.js';
import type { Secrets } from './verify.js';

// What the doors of forges share.

export interface ForgeSettings {
  readonly secrets: Secrets;
  /** The label that makes an issue a mission. */
  readonly label: string;
  /** Logins under which Signalbox itself writes there. */
  readonly own: readonly string[];
  /** `<owner>/<repo>` of those that the configuration names: an App hears of every one of its organisation. */
  readonly projects: readonly string[];
}

export const Sender = z.object({ id: z.int().positive(), login: z.string().min(1), type: z.string().nullish() });

/** One delivery that is verified. */
export interface Hook {
  readonly event: string;
  readonly action: string | undefined;
  /** Both, as the documentation calls it: `issues.labeled`. */
  readonly name: string;
  readonly payload: unknown;
  readonly sender: z.infer<typeof Sender> | undefined;
  /** `<owner>/<repo>`, as the configuration writes it. */
  readonly project: string | undefined;
}

/** Why nothing is done about an event, whatever it says. */
export function isNotForUs({ sender, name, project }: Hook, said: string | undefined, settings: ForgeSettings) {
  if (sender && settings.own.some((own) => own.toLowerCase() === sender.login.toLowerCase())) {
    return { ignored: `${name} is our own doing` };
  }
  if (said !== undefined && project === undefined) return { ignored: `no repo of the configuration is ${said}` };
  return undefined;
}

/** Forges let people write names in any case, and a key must always be the same. */
export function projectOf(said: string | undefined, { projects }: ForgeSettings): string | undefined {
  return projects.find((project) => project.toLowerCase() === said?.toLowerCase());
}

/** By the number of the account: names change hands. */
export function senderActor({ sender }: Pick<Hook, 'sender'>): Pick<Event['data'], 'actor'> {
  return actor(sender?.id, sender?.login);
}

/** Undefined: nothing that these rules are about. */
export type Judged = readonly Event[] | { readonly ignored: string } | undefined;

export function isLabel(label: string): (given: { readonly name: string }) => boolean {
  return ({ name }) => name.toLowerCase() === label.toLowerCase();
}
