import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../temporal.config.js';
import { type Outcome, runMatrix } from '../test/people/p12.js';
import { startRig } from '../test/people/p12-rig.js';
import { ACTORS, CHANNELS, CONDITIONS, RULES } from '../test/people/p12-rules.js';
import { startStubbedServer } from '../test/workflows/server.js';

// The matrix of promise P12, as a page: docs/results/p12.md. The same cells as in test/p12.test.ts.

/** What is another in each run. */
const VARIES = /P12-\d+(-other)?|[0-9a-f]{40}|\d{4}-\d\d-\d\dT[\d:.]+Z/g;

const directory = mkdtempSync(join(tmpdir(), 'signalbox-p12-'));
const server = await startStubbedServer();
const rig = await startRig(directory, server);
try {
  const outcomes = await runMatrix(rig, server);
  const page = `${describe(outcomes).join('\n')}\n`;
  writeFileSync(join(loadConfig().installDir, 'docs/results/p12.md'), page);
  const wrong = outcomes.filter((one) => one.approved !== (one.broken === undefined));
  process.stdout.write(`${outcomes.length} cells, ${wrong.length} wrong; docs/results/p12.md\n`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await rig.close();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
}

function describe(outcomes: readonly Outcome[]): string[] {
  const approved = outcomes.filter((one) => one.approved);
  return [
    '# P12: who may approve',
    '',
    `\`scripts/p12\`: ${outcomes.length} questions, each asked by the real workflow on a real Temporal server and answered`,
    'over HTTP at the real gateway: `slack` presses the buttons of the message, signed as Slack signs; `forge` is a click',
    "on the check at GitHub, signed as GitHub signs (Gitea's checks have no buttons); `cli` sends a personal token; `raw`",
    'are updates and signals to Temporal, past the gateway. A replay is the same signed request once more, as another',
    'delivery where the signature does not cover that; an edited payload is altered under its signature. The change is a',
    'real commit in a real repository. What is expected of a cell is computed from the rules below; the policy is "team',
    'payments, or whoever is on call for payments". Written by that command.',
    '',
    ...RULES.map(({ rule }, n) => `${n + 1}. ${rule}`),
    '',
    `- approvals where a rule is broken: **${approved.filter((one) => one.broken !== undefined).length}**`,
    `- refusals where none is: **${outcomes.filter((one) => !one.approved && one.broken === undefined).length}**`,
    `- right approvals: ${approved.filter((one) => one.broken === undefined).length}`,
    '',
    '**yes**: it counted. A number: it counted for nothing, and that rule is the first that is broken.',
    '',
    `| who | by | ${CONDITIONS.join(' | ')} |`,
    `|---|---|${CONDITIONS.map(() => ':-:').join('|')}|`,
    ...ACTORS.flatMap((actor) =>
      CHANNELS.map((channel) => {
        const row = outcomes.filter(({ cell }) => cell.actor === actor && cell.channel === channel);
        return `| ${actor.name} | ${channel} | ${row.map(mark).join(' | ')} |`;
      }),
    ),
    '',
    '## What they were told',
    '',
    ...[...new Set(outcomes.filter(({ told }) => told !== '').map(({ told }) => told.replace(VARIES, '…')))]
      .toSorted()
      .map((told) => `- ${told}`),
  ];
}

function mark({ approved, broken }: Outcome): string {
  const expected = broken === undefined ? 'yes' : String(RULES.findIndex(({ rule }) => rule === broken) + 1);
  return approved === (broken === undefined) ? (approved ? '**yes**' : expected) : `WRONG, expected ${expected}`;
}
