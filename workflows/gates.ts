import type { Subject } from '../activities/host.js';
import type { Gate } from '../schemas/blueprint.js';
import { durationMs } from '../schemas/duration.js';
import type { Verdict } from '../schemas/verdict.js';
import type { SandboxHost } from './sandbox-host.js';

/** Set-up on a host that has not seen the repo yet comes before the command. */
const SETUP_MS = 15 * 60_000;

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
export function runGates({ host, subject, gates, baseline, targets, label }: GateRound): Promise<Verdict[]> {
  return Promise.all(
    gates.map((gate) => {
      const before = baseline[gate.name];
      return host.run(
        'runGate',
        {
          ...subject,
          gate: gate.name,
          targets: gate.module ? (targets[gate.module] ?? []) : [],
          ...(before?.cases && { baseline: before.cases }),
        },
        { summary: `${label}: gate ${gate.name}`, timeoutMs: durationMs(gate.timeout) + SETUP_MS },
      );
    }),
  );
}
