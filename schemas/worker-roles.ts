import { z } from 'zod';
import { parse } from './parse.js';

/** Parts of the work that a worker process may take. */
const WorkerRole = z.enum(['workflows', 'models', 'sandbox']);
export type WorkerRole = z.infer<typeof WorkerRole>;

export const WorkerRoles = z
  .array(WorkerRole)
  .min(1)
  .default([...WorkerRole.options])
  .describe('What this process does: `workflows` and `models` need no sandbox, `sandbox` makes it a sandbox host');

/** From `SIGNALBOX_ROLES`, with commas between; undefined when it is not set. */
export function parseRoles(text: string | undefined): readonly WorkerRole[] | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const names = text.split(',').map((name) => name.trim());
  return parse(z.object({ SIGNALBOX_ROLES: z.array(WorkerRole) }), { SIGNALBOX_ROLES: names }, 'the environment')
    .SIGNALBOX_ROLES;
}
