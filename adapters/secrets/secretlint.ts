import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import type { SecretScanner } from '../../activities/ports.js';

const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] };

/** Known shapes of keys and tokens, found by secretlint's recommended rules. */
export function createSecretScanner(): SecretScanner {
  return {
    async scan(path, content) {
      const extension = path.slice(path.lastIndexOf('.'));
      const { messages } = await lintSource({
        source: { filePath: path, content, ext: extension, contentType: 'text' },
        // The message would quote the secret into findings, tickets and histories.
        options: { config, maskSecrets: true },
      });
      return messages.map(({ loc, ruleId }) => ({ line: loc.start.line, message: ruleId.split('/').pop() ?? ruleId }));
    },
  };
}
