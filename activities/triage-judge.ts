import { createHash } from 'node:crypto';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Blueprint, TriagePolicy } from '../schemas/blueprint.js';
import { parse } from '../schemas/parse.js';
import { redactor } from '../schemas/redact.js';
import { TriagerOutput } from '../schemas/role-output.js';
import type { ItemOpinion } from '../schemas/triage-opinion.js';
import type { SourceItem } from '../schemas/work-item.js';
import { askOnce, type OpinionPorts } from './opinion.js';
import type { Blobs } from './ports.js';
import { BLUEPRINT_FILE, readBlueprint } from './repo.js';
import type { RouteKnowledge } from './routing.js';
import { oneLine } from './tool-text.js';

// Where rules end a model is asked what an item is. What it says is an opinion: rules decide what becomes of it.

/** Of one item, however often its text changes. */
const OPINIONS = 3;
/** An answer with several parts is a few thousand characters. */
const OUTPUT_TOKENS = 4_000;
const TEXT_CHARACTERS = 20_000;

export interface Heard extends TriagerOutput {
  readonly model: string;
}

/** `consider`: ask first. `heard`: what it said. Neither: rules alone decide, and `silent` says why, if anything does. */
export type Judgement =
  | { readonly consider: Consider }
  | { readonly heard: Heard }
  | { readonly silent: string | undefined };

export interface Consider {
  readonly item: BlobRef;
  readonly of: string;
  /** Names of the repositories that there are. */
  readonly repos: readonly string[];
}

export interface JudgedItem {
  readonly item: SourceItem;
  readonly answers: readonly string[];
  /** Undefined while it is not known. */
  readonly repo: string | undefined;
  readonly repos: readonly string[];
  readonly opinions: readonly ItemOpinion[];
}

export interface JudgePorts {
  readonly blobs: Pick<Blobs, 'get' | 'put'>;
  readonly known: Pick<RouteKnowledge, 'depot' | 'forge'> | undefined;
}

/** What has been heard about this text, or that somebody should be asked. */
export async function judged({ blobs, known }: JudgePorts, asked: JudgedItem): Promise<Judgement> {
  const { item, answers, repo, repos, opinions } = asked;
  const words = await hiddenWords(known, repo === undefined ? repos : [repo]);
  // Words that no prompt may show are not known: then there is no prompt.
  if (!words) return { silent: 'a blueprint can not be read, so it is not known which words to hide from models' };
  const redact = redactor(words);
  const text = redact(
    [
      `Title: ${item.title}`,
      `Labels: ${item.labels.join(', ')}`,
      '',
      item.text.slice(0, TEXT_CHARACTERS),
      ...answers.map((answer) => `\nAn answer of a person:\n${answer.slice(0, 4_000)}`),
    ].join('\n'),
  );
  const of = createHash('sha256').update(text).digest('hex');
  const opinion = opinions.find((one) => one.of === of);
  if (!opinion && opinions.length >= OPINIONS) return { silent: `${OPINIONS} opinions were enough` };
  if (!opinion) return { consider: { item: await blobs.put(text, 'text/plain'), of, repos } };
  if (!opinion.output) return { silent: opinion.none };
  const said = parse(TriagerOutput, JSON.parse((await blobs.get(opinion.output)).toString()), 'an opinion');
  return { heard: { ...said, model: opinion.model ?? 'a model' } };
}

/** Undefined where one can't be read: nothing unknown is a success. */
export async function hiddenWords(
  known: JudgePorts['known'],
  repos: readonly string[],
): Promise<readonly string[] | undefined> {
  if (!known) return [];
  try {
    const read = await Promise.all(repos.map((repo) => blueprintOf(known, repo)));
    return [...new Set(read.flatMap((blueprint) => blueprint?.redact ?? []))];
  } catch {
    return undefined;
  }
}

/** What the repository lets a model decide by itself. By default nothing. */
export async function policyOf(known: JudgePorts['known'], repo: string | undefined): Promise<TriagePolicy> {
  const none: TriagePolicy = { decline: 'ask', split: 'ask' };
  if (!known || repo === undefined) return none;
  const blueprint = await blueprintOf(known, repo).catch(() => undefined);
  return blueprint?.policy.triage ?? none;
}

/** Of the base branch; undefined where it has none. Throws when it can't be read. */
async function blueprintOf(
  { depot, forge }: NonNullable<JudgePorts['known']>,
  repo: string,
): Promise<Blueprint | undefined> {
  const location = forge.location(repo);
  const { tree } = await depot.fetch(location, location.defaultBranch);
  const text = await depot.read(repo, tree, BLUEPRINT_FILE);
  return text === undefined ? undefined : readBlueprint(text, repo);
}

export interface ConsiderItem extends Consider {
  /** `<source>/<item>`. */
  readonly key: string;
  /** US dollars that opinions on this item have cost so far. */
  readonly spent: number;
}

/** `usdPerItem`: what opinions on one item may cost together. */
export function createTriageOpinionActivities(ports: OpinionPorts, { usdPerItem }: { readonly usdPerItem: number }) {
  return {
    /** What the triager makes of an item. An answer that makes no sense is none. */
    async considerItem({ item, of, repos, key, spent }: ConsiderItem): Promise<ItemOpinion> {
      const answer = await askOnce(ports, {
        ...{ role: 'triager', kind: 'triage', repo: '', key: `triage/${key}/opinion/${of}` },
        brief: [
          { title: 'The item', from: `item ${key}`, blob: item },
          { title: 'Known repositories', from: 'signalbox', own: true, text: repos.join('\n') },
        ],
        ...{ maxUsd: usdPerItem - spent, maxOutputTokens: OUTPUT_TOKENS },
      });
      const { model, usd } = answer;
      const whose = { of, usd, ...(model !== undefined && { model }) };
      if ('none' in answer) return { ...whose, none: oneLine(answer.none, 300) };
      return { ...whose, output: await ports.blobs.put(JSON.stringify(answer.output), 'application/json') };
    },
  };
}

export type TriageOpinionActivities = ReturnType<typeof createTriageOpinionActivities>;
