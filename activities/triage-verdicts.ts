import { createHash } from 'node:crypto';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { PartDrafts, PartOf } from '../schemas/part.js';
import type { Stood } from '../schemas/triage-opinion.js';
import type { DeclineRule } from '../schemas/triage-settings.js';
import type { MissingField, SourceItem, WorkItem } from '../schemas/work-item.js';
import type { ItemClaim } from './claims.js';
import type { Blobs } from './ports.js';
import { matchedBy, type Route, type RouteKnowledge, type RouteRule } from './routing.js';
import { type Heard, policyOf } from './triage-judge.js';
import { proposedParts, writtenParts } from './triage-parts.js';
import { rate } from './triage-rating.js';

// Items that are not to be worked on as they are: declined, or split. Rules say so only where somebody has written it
// down; what a model says is a proposal, unless the blueprint lets it decide.

/** What is to become of an item. */
export interface Verdict {
  readonly kind: 'decline' | 'split';
  /** Equal verdicts have equal ids. */
  readonly id: string;
  readonly because: string;
  readonly by: 'rules' | 'model';
  readonly title: string;
  readonly claim: ItemClaim;
  readonly stood: Stood;
  readonly split?: {
    readonly parts: BlobRef;
    readonly titles: readonly string[];
    readonly whole: Omit<PartOf, 'n' | 'of'>;
    readonly repo?: string;
    readonly reporter?: NonNullable<WorkItem['reporter']>;
  };
}

export interface VerdictPorts {
  readonly known?: Pick<RouteKnowledge, 'depot' | 'forge'>;
  readonly decline?: readonly DeclineRule[];
  /** Without it nothing is split. */
  readonly blobs?: Pick<Blobs, 'put'>;
}

export interface Facts {
  readonly item: SourceItem;
  /** All of them, and those that were not given at the source. */
  readonly answers: readonly string[];
  readonly given: readonly string[];
  readonly route: Route | undefined;
  readonly claim: ItemClaim;
}

/** Whether a person has said something since, who so goes before rules and models. */
export function isOverruled(stood: Stood | undefined, { answers, given }: Pick<Facts, 'answers' | 'given'>): boolean {
  if (!stood) return false;
  // What operators have written down is not undone by a comment of whoever asked.
  return stood.by === 'rules' ? given.length > stood.given : answers.length > stood.answers;
}

export async function ruledVerdict(ports: VerdictPorts, facts: Facts): Promise<Verdict | undefined> {
  const { item } = facts;
  for (const rule of ports.decline ?? []) {
    const match = matchedBy(rule, item);
    if (match === undefined) continue;
    const why = rule.because === undefined ? '' : `: ${rule.because}`;
    return verdictOf(facts, { kind: 'decline', by: 'rules', because: `it has ${match}${why}` });
  }
  const parts = writtenParts(item.title, item.text);
  const because = `it lists ${parts?.length} problems, each with what should happen`;
  return parts && splitInto(ports, facts, parts, { kind: 'split', by: 'rules', because });
}

/** `may`: the repository lets a model decide this by itself. */
export async function heardVerdict(
  ports: VerdictPorts,
  facts: Facts,
  heard: Heard,
): Promise<{ readonly verdict: Verdict; readonly may: boolean } | undefined> {
  const { decision } = heard;
  if (decision !== 'decline' && decision !== 'split') return undefined;
  const said = { kind: decision, by: 'model', because: `${heard.model}: ${heard.because}`.slice(0, 600) } as const;
  const parts = decision === 'split' ? proposedParts(heard) : undefined;
  const verdict =
    decision === 'decline' ? verdictOf(facts, said) : parts && (await splitInto(ports, facts, parts, said));
  if (!verdict) return undefined;
  return { verdict, may: (await policyOf(ports.known, facts.route?.repo))[decision] === 'do' };
}

/** Only one of those that there are, and where nothing else says it. */
export function heardRoute(heard: Heard | undefined, repos: readonly RouteRule[]): Route | undefined {
  const repo = repos.find(({ name }) => name === heard?.repo)?.name;
  if (!heard || repo === undefined) return undefined;
  return { repo, because: `${heard.model} reads it so: ${heard.because}`.slice(0, 400), by: 'model' };
}

/** Besides what rules ask. */
export function heardQuestions({ questions, model }: Heard): MissingField[] {
  return questions.slice(0, 3).map((question) => ({ field: 'more', question: `${question} (a question of ${model})` }));
}

async function splitInto(
  { blobs }: VerdictPorts,
  facts: Facts,
  parts: PartDrafts,
  said: Pick<Verdict, 'kind' | 'by' | 'because'>,
): Promise<Verdict | undefined> {
  if (!blobs) return undefined;
  const { item, route } = facts;
  const { kind, id, url } = item.source;
  return {
    ...verdictOf(facts, said, parts),
    split: {
      parts: await blobs.put(JSON.stringify(parts), 'application/json'),
      titles: parts.map(({ title }) => title),
      whole: {
        ...{ kind, id, item: item.key, labels: item.labels.slice(0, 50), risk: rate(item, undefined).risk },
        ...(url !== undefined && { url }),
        ...(item.team !== undefined && { team: item.team }),
      },
      ...(route && { repo: route.repo }),
      ...(item.reporter && { reporter: item.reporter }),
    },
  };
}

function verdictOf(
  { item, answers, given, claim }: Facts,
  said: Pick<Verdict, 'kind' | 'by' | 'because'>,
  parts?: PartDrafts,
): Verdict {
  const hash = createHash('sha256').update(JSON.stringify([said, parts]));
  return {
    ...said,
    ...{ id: hash.digest('hex').slice(0, 16), title: item.title.slice(0, 300), claim },
    stood: { by: said.by, answers: answers.length, given: given.length },
  };
}
