import { describe } from '@jest/globals';
import { findGitea } from '../../infra/gitea.js';
import { loadConfig } from '../../temporal.config.js';

const { cacheDir, automated } = loadConfig();
const say = (line: string) => void process.stderr.write(`Gitea for tests: ${line}\n`);

/**
 * `describe` for what needs Gitea. Loading this waits for its build, once. Where it can't be built the tests are
 * skipped loudly, and in an automated run, where nobody would hear that, they fail.
 */
export const describeGitea = await findGitea({ cacheDir, say }).then(
  () => describe,
  (error: Error) => {
    if (automated) throw error;
    say(`NOT TESTED: everything that needs a real Gitea. ${error.message}`);
    return describe.skip;
  },
);
