// Publishes the JSON Schema of signalbox.yaml for editors, from the same zod schema that checks it.
// `--check`: writes nothing and fails when the published one is old.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { Blueprint } from '../dist/schemas/blueprint.js';

const FILE = 'docs/signalbox.schema.json';

const schema = {
  ...z.toJSONSchema(Blueprint, { io: 'input' }),
  title: 'signalbox.yaml',
  description:
    'What a repository declares about itself to Signalbox: modules, set-up, gates, scenarios, policy, limits',
};
const text = `${JSON.stringify(schema, null, 2)}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
  console.error(`${FILE} is old; \`npm run build && node scripts/blueprint-schema.mjs\` writes it anew`);
  process.exit(1);
}
