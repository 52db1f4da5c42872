import { z } from 'zod';
import type { Event } from './received.js';
import type { Secrets } from './verify.js';

// What the doors of forges share.

export interface ForgeSettings {
  readonly secrets: Secrets;
  /** The label that makes an issue a mission. */
  readonly label: string;
  /** Logins under which Signalbox itself writes there. */
  readonly own: readonly string[];
}

export const Sender = z.object({ login: z.string().min(1), type: z.string().nullish() });

/** One delivery that is verified. */
export interface Hook {
  readonly event: string;
  readonly action: string | undefined;
  /** Both, as the documentation calls it: `issues.labeled`. */
  readonly name: string;
  readonly payload: unknown;
  readonly sender: z.infer<typeof Sender> | undefined;
  /** `<owner>/<repo>`. */
  readonly project: string | undefined;
}

/** Undefined: nothing that these rules are about. */
export type Judged = readonly Event[] | { readonly ignored: string } | undefined;

export function isLabel(label: string): (given: { readonly name: string }) => boolean {
  return ({ name }) => name.toLowerCase() === label.toLowerCase();
}
