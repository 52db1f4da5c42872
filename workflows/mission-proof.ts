import type { Change } from '../schemas/change.js';
import type { Proof } from '../schemas/proof.js';
import type { Verdict } from '../schemas/verdict.js';
import type { MissionState } from './mission-state.js';

/**
 * The bundle for one head. Verdicts of another tree are evidence of something else and stay out, but for those of the
 * batch that the head was validated in, which it names.
 */
export function buildProof(state: MissionState, change: Change): Proof {
  const { base, baseline } = state.ground();
  const plan = state.plan();
  if (!plan) throw new Error('there is no plan to prove');
  const batch = state.data.batch?.tree === change.tree ? state.data.batch : undefined;
  const head = state.data.head.filter(({ tree }) => tree === (batch?.validated ?? change.tree));
  const targets = plan.tasks.flatMap((task) => task.targets);
  const unproven = new Set(state.unproven());
  return {
    version: 1,
    item: state.item,
    blueprint: base.blueprintRef,
    change,
    plan,
    failingBefore: targets,
    // The gates of the head were judged with these as targets: a pass with a report means that each ran and passed.
    passingAfter:
      head.length > 0 && head.every(({ outcome }) => outcome === 'pass')
        ? targets.filter((target) => !unproven.has(target))
        : [],
    knownFailures: knownFailures(head),
    base: Object.values(baseline),
    head,
    ...(batch && { batch: { tree: batch.validated, items: [...batch.items] } }),
    findings: [...state.data.findings],
    approvals: [...state.data.approvals],
    confidence: state.confidence(),
    ...(state.data.satisfaction?.tree === change.tree && { satisfaction: state.data.satisfaction }),
    tasks: state.nodes().map(({ task, detail, tried, evidence }) => ({
      node: task.id,
      summary: detail,
      tried,
      ...(evidence && { evidence }),
    })),
  };
}

function knownFailures(head: readonly Verdict[]): string[] {
  return [...new Set(head.flatMap(({ failing }) => failing))];
}
