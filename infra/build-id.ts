import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RefusedInput } from '../schemas/parse.js';

/**
 * The build id of an installation: the first 12 characters of its commit; with a suffix when it was built from other
 * files than that commit has; a digest of the build where there was no git. The build writes it, because an image of
 * the installation has no git either. It is short because histories name it again and again.
 */
export function readBuildId(installDir: string): string {
  const file = join(installDir, 'dist/build-id');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new RefusedInput('the installation', [`${file}: not there; run \`npm run build\``]);
  }
}
