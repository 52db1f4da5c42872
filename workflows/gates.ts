import type { Subject } from '../activities/host.js';
import type { RedExplained } from '../activities/red-tests.js';
import type { Gate } from '../schemas/blueprint.js';
import { durationMs } from '../schemas/duration.js';
import type { Finding } from '../schemas/finding.js';
import type { Verdict } from '../schemas/verdict.js';
import type { SandboxHost } from './sandbox-host.js';

/** Set-up on a host that has not seen the repo yet comes before the command. */
const SETUP_MS = 15 * 60_000;

/** Of a red gate whose failing tests are not what the work is about. */
export const RERUNS = 2;

export interface GateRound {
  readonly host: SandboxHost;
  readonly subject: Subject;
  readonly gates: readonly Gate[];
  /** Verdicts of the base, by gate. */
  readonly baseline: Readonly<Record<string, Verdict>>;
  /** Module -> tests that must pass. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** What the gates are about, for Temporal UI. */
  readonly label: string;
}

/** Runs the gates side by side; the host's own slots limit how many really do. */
export function runGates(round: GateRound): Promise<Verdict[]> {
  return Promise.all(round.gates.map((gate) => runGate(round, gate)));
}

export interface JudgedGates {
  readonly verdicts: readonly Verdict[];
  /** One per flaky test: what passed only sometimes is told, whatever the gate's verdict. */
  readonly findings: readonly Finding[];
}

/**
 * Runs the gates, and one that is red for tests which are no targets up to `reruns` times more on the same tree. It
 * passes when a later run does and no test was red in all of them; the tests that changed their mind are findings.
 */
export async function judgedGates(round: GateRound, { reruns }: { readonly reruns: number }): Promise<JudgedGates> {
  const judged = await Promise.all(round.gates.map((gate) => judgeGate(round, gate, reruns)));
  return {
    verdicts: judged.map(({ verdict }) => verdict),
    findings: judged.flatMap(({ findings }) => findings),
  };
}

type JudgedGate = Pick<RedExplained, 'verdict' | 'findings'>;

async function judgeGate(round: GateRound, gate: Gate, reruns: number): Promise<JudgedGate> {
  const first = await runGate(round, gate);
  if (!mayBeFlaky(first, targetsOf(round, gate))) return { verdict: first, findings: [] };
  const again: Verdict[] = [];
  while (again.length < reruns && again.at(-1)?.outcome !== 'pass')
    again.push(await runGate(round, gate, again.length + 1));
  const base = round.baseline[gate.name];
  return round.host.run(
    'explainRed',
    { ...round.subject, first, again, ...(base && { base }), targets: targetsOf(round, gate) },
    // It reads a few blobs and one diff.
    { summary: `${round.label}: is gate ${gate.name} flaky or red?`, timeoutMs: 5 * 60_000 },
  );
}

/** A red target is red, and a red exit code without a failing test names nothing that could be flaky. */
function mayBeFlaky({ outcome, failing }: Verdict, targets: readonly string[]): boolean {
  const names = new Set(targets.flatMap((id) => [id, titleOf(id)]));
  return outcome === 'fail' && failing.length > 0 && !failing.some((id) => names.has(id) || names.has(titleOf(id)));
}

/** Without the file, which some reports do not name. */
function titleOf(id: string): string {
  return id.slice(id.indexOf('::'));
}

function targetsOf({ targets }: GateRound, { module }: Gate): readonly string[] {
  return module ? (targets[module] ?? []) : [];
}

function runGate(round: GateRound, gate: Gate, rerun = 0): Promise<Verdict> {
  const { host, subject, baseline, label } = round;
  const before = baseline[gate.name];
  return host.run(
    'runGate',
    {
      ...subject,
      gate: gate.name,
      targets: targetsOf(round, gate),
      ...(before?.cases && { baseline: before.cases }),
      ...(rerun > 0 && { fresh: true }),
    },
    {
      summary: `${label}: gate ${gate.name}${rerun > 0 ? `, again (${rerun})` : ''}`,
      timeoutMs: durationMs(gate.timeout) + SETUP_MS,
    },
  );
}
