import { z } from 'zod';
import { SOURCES } from './source.js';

/** RFC 6901: `/a/0/b` of a JSON document. */
const JsonPointer = z.string().regex(/^(\/([^~/]|~[01])*)+$/, 'expected a JSON Pointer like /message/subject');

/** A sender that is none of those with a door of their own: support mail, a form. */
export const WebhookSettings = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected small letters, digits and dashes')
      .refine((name) => !SOURCES.some((source) => source === name), 'this is the name of a door that is there already')
      .describe('Its address is /webhooks/<name>'),
    verify: z
      .enum(['hmac', 'token'])
      .describe('hmac: SHA-256 over the raw body, hexadecimal; token: the secret itself, as bearer or password'),
    signatureHeader: z.string().min(1).default('X-Hub-Signature-256').describe('Of hmac; `sha256=` before it is fine'),
    title: JsonPointer,
    text: JsonPointer,
    id: JsonPointer.optional().describe('What stays the same when it is sent again; by default the hash of the body'),
    reporter: JsonPointer.optional(),
    repo: z.string().min(1).max(200).optional().describe('By default the routing decides'),
  })
  .describe('Secret: WEBHOOK_WEBHOOK_SECRET');
export type WebhookSettings = Readonly<z.infer<typeof WebhookSettings>>;

/** What doors are told by the configuration; their secrets are in the environment. */
export const DoorsSection = z.strictObject({
  own: z
    .strictObject({
      github: z.array(z.string().min(1)).default([]),
      gitea: z.array(z.string().min(1)).default([]),
      jira: z.array(z.string().min(1)).default([]),
    })
    .prefault({})
    .describe('Logins (Jira: account ids) under which Signalbox writes there; what they do wakes nobody'),
  webhooks: z
    .array(WebhookSettings)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two of them have the same name')
    .default([]),
});
export type DoorsSection = Readonly<z.infer<typeof DoorsSection>>;
