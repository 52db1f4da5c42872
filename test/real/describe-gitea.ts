import { describe } from '@jest/globals';
import { findGitea } from '../../infra/gitea.js';
import { loadConfig } from '../../temporal.config.js';

const { cacheDir, automated } = loadConfig();
const say = (line: string) => void process.stderr.write(`Gitea for tests: ${line}\n`);

/**
 * Whether there is a real Gitea to test with. Loading this waits for its build, once. Where it can't be built that is
 * said loudly, and in an automated run, where nobody would hear it, whatever needs it fails.
 */
export const hasGitea: boolean = await findGitea({ cacheDir, say }).then(
  () => true,
  (error: Error) => {
    if (automated) throw error;
    say(`NOT TESTED: everything that needs a real Gitea. ${error.message}`);
    return false;
  },
);

export const describeGitea = hasGitea ? describe : describe.skip;
