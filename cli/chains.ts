import { nextRunOf, type RunHistory, type RunTree, startedChildren } from '../schemas/history.js';

// Runs put together to workflows: what continued as new is one, and what it started belongs to it. Pure.

export interface Chain {
  readonly workflowId: string;
  readonly type: string;
  /** Oldest first. */
  readonly runs: readonly RunHistory[];
  /** In the order in which they were started. */
  readonly parts: readonly Chain[];
}

/** `trees`: the runs of one workflow, oldest first. */
export function chainsOf(trees: readonly RunTree[]): Chain {
  const [first] = trees;
  if (!first) throw new Error('a workflow without a run');
  const known = new Map(trees.flatMap(({ children }) => children.map((child) => [child.runId, child])));
  return chain(
    trees.map(({ root }) => root),
    known,
  );
}

function chain(runs: readonly RunHistory[], known: ReadonlyMap<string, RunHistory>): Chain {
  const [first] = runs;
  return {
    workflowId: first?.workflowId ?? '',
    type: first?.type ?? '',
    runs,
    parts: runs.flatMap(({ history }) =>
      startedChildren(history).flatMap(({ runId }) => {
        const child = known.get(runId);
        return child ? [chain(following(child, known), known)] : [];
      }),
    ),
  };
}

function following(first: RunHistory, known: ReadonlyMap<string, RunHistory>): RunHistory[] {
  const runs: RunHistory[] = [];
  for (let run: RunHistory | undefined = first; run; run = known.get(nextRunOf(run.history) ?? '')) runs.push(run);
  return runs;
}
