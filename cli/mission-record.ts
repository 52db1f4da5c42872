import { type ArchivedRun, readArchivedMission } from '../adapters/archive/read.js';
import type { Place } from '../adapters/storage/object-store.js';
import { createStorage } from '../adapters/storage/storage.js';
import { createPayloadCodec } from '../adapters/temporal/codec/data-converter.js';
import { readableTree } from '../adapters/temporal/codec/readable.js';
import { createHistories } from '../adapters/temporal/histories.js';
import { type Execution, type RunTree, startOf } from '../schemas/history.js';
import { workflowId } from '../schemas/names.js';
import { triageStatus } from '../workflows/messages-triage.js';
import type { RecordContext } from './connect.js';
import { Refusal } from './errors.js';
import { safeLines } from './output.js';
import { triageBefore } from './triage-before.js';

// Where commands find what a mission did: at Temporal, and in the archive what Temporal has forgotten.

export interface MissionRecord {
  /** The runs of the mission, oldest first. */
  readonly trees: readonly RunTree[];
  readonly source: 'temporal' | 'archive' | 'temporal and archive';
  /** Runs that are nowhere any more. */
  readonly forgotten: readonly Execution[];
}

/** Its newest run at the end; refused when nobody knows the mission. */
export async function readRecord(context: RecordContext, item: string): Promise<MissionRecord> {
  const mission = workflowId.mission(item);
  const { client } = context;
  const live = client && createHistories(() => client);
  const archived = await archivedRuns(context, item);
  const archivedTree = (runId: string | undefined) => archived.find(({ manifest }) => manifest.runId === runId)?.tree;
  const find = async (runId?: string): Promise<RunTree | undefined> => {
    const tree = await live?.tree(mission, runId);
    // A task may be forgotten before the mission that started it.
    const kept = archivedTree(tree?.root.runId ?? runId);
    return tree?.forgotten.length === 0 ? tree : (kept ?? tree);
  };

  const trees: RunTree[] = [];
  const forgotten: Execution[] = [];
  let next = (await find()) ?? archived.at(-1)?.tree;
  if (!next) throw await unknownMission(context, item);
  while (next) {
    trees.unshift(next);
    const { previous } = startOf(next.root.history);
    next = previous === undefined ? undefined : await find(previous);
    if (previous !== undefined && !next) forgotten.push({ workflowId: mission, runId: previous });
  }
  const kept = trees.filter((tree) => archived.some((one) => one.tree === tree)).length;
  const source = kept === 0 ? 'temporal' : kept === trees.length ? 'archive' : 'temporal and archive';
  const codec = createPayloadCodec(context.config.temporal.encryption);
  return { trees: await Promise.all(trees.map((tree) => readableTree(tree, codec))), source, forgotten };
}

export async function archivePlace({ config }: RecordContext): Promise<Place> {
  return (await createStorage(config)).place('archive');
}

export async function archivedRuns(context: RecordContext, item: string): Promise<readonly ArchivedRun[]> {
  return readArchivedMission(await archivePlace(context), item);
}

/** Before there is a mission its triage knows the item, and may wait for an answer. */
export async function unknownMission({ client }: RecordContext, item: string): Promise<Refusal> {
  const triage = client && (await triageBefore(client, item));
  if (triage) {
    const { dedupeKey, stage, missing } = await triage.query(triageStatus);
    const asks = missing.map((question) => `\n  ${safeLines(question)}`).join('');
    const what = asks === '' ? `its triage is ${stage}` : `it is not clear enough:${asks}`;
    const next = asks === '' ? `signalbox triage show ${dedupeKey}` : `signalbox answer ${dedupeKey} <text>`;
    return new Refusal(`there is no mission ${item} yet, ${what}\n  ${next}`);
  }
  const where = client ? 'neither Temporal nor the archive knows it' : 'the archive does not know it';
  const hint = client ? '`signalbox ls` shows what there is' : 'and Temporal does not answer';
  return new Refusal(`there is no mission ${item}: ${where}; ${hint}`);
}
