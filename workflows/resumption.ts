import type { Halt } from '../schemas/halt.js';
import { haltSteps } from './steps.js';
import { versioned } from './versioning.js';

// What waits has to hear of it, whichever build is there.
versioned('AUTO_UPGRADE', resumption);

/** Tells everything that runs that a halt is lifted. */
export async function resumption(halt: Halt): Promise<void> {
  await haltSteps.tellLifted.executeWithOptions({ summary: 'Tell what waits' }, [halt]);
}
