import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { BatchPlace } from '../schemas/merge-turn.js';
import type { Verdict } from '../schemas/verdict.js';
import { judgedGates } from './gates.js';
import { isConflict } from './merge-conflict.js';
import type { Batched, Ready } from './merge-queue-state.js';
import { SandboxHost } from './sandbox-host.js';
import { steps } from './steps.js';

/** The first changes of a batch, on the base in their order. */
interface Prefix extends Ready {
  readonly commit: string;
  readonly tree: string;
}

/**
 * Validates changes together, once. When that is red, halves are validated until it is known which change is the first
 * that is red together with those before it: these are green, it goes by itself, and the rest is for the next batch.
 */
export async function validateBatch(repo: string, ready: readonly Ready[]): Promise<Batched> {
  try {
    return await validate(repo, ready);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    // Whatever it was, each can still try by itself, and says then what is wrong.
    return { places: [], alone: ready.map(({ key }) => key), validations: 0 };
  }
}

async function validate(repo: string, ready: readonly Ready[]): Promise<Batched> {
  const { prefixes, conflicting } = await combine(repo, ready);
  if (prefixes.length < 2) return { places: [], alone: ready.map(({ key }) => key), validations: 0 };
  const host = new SandboxHost();
  let validations = 0;
  const judge = (count: number) => {
    validations++;
    return verdictsOf(prefixes.slice(0, count), host);
  };
  let verdicts = await judge(prefixes.length);
  if (isGreen(verdicts)) return { places: placesOf(prefixes, verdicts), alone: conflicting, validations };
  let green = 0;
  let red = prefixes.length;
  verdicts = [];
  while (red - green > 1) {
    const middle = Math.floor((green + red) / 2);
    const judged = await judge(middle);
    if (isGreen(judged)) {
      green = middle;
      verdicts = judged;
    } else red = middle;
  }
  const culprit = prefixes[green];
  return {
    places: placesOf(prefixes.slice(0, green), verdicts),
    alone: [...(culprit ? [culprit.key] : []), ...conflicting],
    validations,
  };
}

/** One on the other. What does not fit there is told so in a turn of its own. */
async function combine(repo: string, ready: readonly Ready[]) {
  const base = await steps.readHead.executeWithOptions({ summary: 'Where is the base branch now?' }, [{ repo }]);
  const prefixes: Prefix[] = [];
  const conflicting: string[] = [];
  let before = base.commit;
  for (const one of ready) {
    const message = `Batch: ${[...prefixes, one].map(({ item }) => item).join(', ')}`;
    const parts = [{ commit: before }, { commit: one.change.head }];
    try {
      const head = await steps.integrate.executeWithOptions({ summary: `${one.item} on those before it` }, [
        { repo, parts, message, time: Math.floor(Date.now() / 1000) },
      ]);
      prefixes.push({ ...one, ...head });
      before = head.commit;
    } catch (error) {
      if (!isConflict(error)) throw error;
      conflicting.push(one.key);
    }
  }
  return { prefixes, conflicting };
}

/** All gates and scenarios on the last tree, with what each of them is about as targets. */
async function verdictsOf(prefixes: readonly Prefix[], host: SandboxHost): Promise<readonly Verdict[]> {
  const [first] = prefixes;
  const last = prefixes.at(-1);
  if (!first || !last) throw new Error('a batch of nothing');
  const { repo, near, blueprint, gates, scenarios, baseline, reruns } = first.change;
  const targets: Record<string, string[]> = {};
  for (const { change } of prefixes) {
    for (const [module, tests] of Object.entries(change.targets)) {
      targets[module] = [...new Set([...(targets[module] ?? []), ...tests])];
    }
  }
  const label = prefixes.map(({ item }) => item).join(', ');
  const round = { host, subject: { repo, tree: last.tree, near, blueprint }, targets, label };
  const judged = await judgedGates({ ...round, gates, baseline }, { reruns });
  const ended = await judgedGates({ ...round, gates: scenarios, baseline: {} }, { reruns });
  return [...judged.verdicts, ...ended.verdicts];
}

/** What could not be judged is not green. */
function isGreen(verdicts: readonly Verdict[]): boolean {
  return verdicts.length > 0 && verdicts.every(({ outcome }) => outcome === 'pass');
}

function placesOf(prefixes: readonly Prefix[], verdicts: readonly Verdict[]): Batched['places'] {
  const validated = prefixes.at(-1)?.tree;
  if (validated === undefined || verdicts.length === 0) return [];
  const items = prefixes.map(({ item }) => item);
  return prefixes.map(({ key, tree }): { key: string; place: BatchPlace } => ({
    key,
    place: { tree, validated, verdicts, items },
  }));
}
