import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../../temporal.config.js';
import { SENDERS, SUPPORT } from './senders.js';

// An installation at whose doors all the senders knock.

/** JSON is YAML too. Two repos, because a project is at one forge. */
export const SENDERS_CONFIG = JSON.stringify({
  repos: [
    { name: 'shop', forge: 'github', project: 'acme/shop' },
    { name: 'shop-mirror', forge: 'gitea', project: 'acme/shop' },
  ],
  forges: { gitea: { url: 'http://127.0.0.1:9' } },
  doors: { webhooks: [SUPPORT] },
});

/** The environment that opens every door; the second secret is the one before. */
export function senderSecrets([now, before]: readonly [string, string?]): Record<string, string> {
  const names = new Set(SENDERS.map(({ source }) => `${source.toUpperCase()}_WEBHOOK_SECRET`));
  return Object.fromEntries(
    [...names].flatMap((name) => [[name, now], ...(before === undefined ? [] : [[`${name}_PREVIOUS`, before]])]),
  );
}

export function sendersConfig(secrets: readonly [string, string?]): Config {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-senders-'));
  try {
    writeFileSync(join(directory, 'signalbox.config.yaml'), SENDERS_CONFIG);
    return loadConfig(senderSecrets(secrets), directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Without which a gateway refuses to start: it would hear of tickets that nobody can read. */
export const TRACKER_KEYS = {
  ...{
    LINEAR_API_KEY: 'none',
    JIRA_BASE_URL: 'http://127.0.0.1:9',
    JIRA_EMAIL: 'a@example.com',
    JIRA_API_TOKEN: 'none',
  },
};
