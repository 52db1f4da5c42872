import { z } from 'zod';

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
});
export type DoorsSection = Readonly<z.infer<typeof DoorsSection>>;
