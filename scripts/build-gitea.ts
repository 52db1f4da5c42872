import { findGitea } from '../infra/gitea.js';
import { loadConfig } from '../temporal.config.js';

// Brings Gitea to the cache while other tests run: `scripts/test` starts this in the background.
const say = (line: string) => console.error(`gitea: ${line}`);
await findGitea({ cacheDir: loadConfig().cacheDir, say });
