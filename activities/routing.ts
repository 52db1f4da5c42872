import type { Alert } from '../schemas/alert.js';
import { CODEOWNERS_FILES, ownersOf } from '../schemas/codeowners.js';
import {
  type FoundService,
  type ServiceCatalogue,
  serviceOfAlert,
  serviceOfPath,
  serviceOfText,
} from '../schemas/service-catalogue.js';
import type { Signature } from '../schemas/signature.js';
import { frequencies, likeness } from '../schemas/similarity.js';
import type { SourceItem } from '../schemas/work-item.js';
import { filesOfFrames, signatureOf } from './fingerprint.js';
import type { Depot, Forge } from './ports.js';
import type { Catalogue, TriageRecords } from './ports-triage.js';

// Which repository an item is about. What is named goes before what people have corrected, that before the code that a
// stack trace shows, the service catalogue and the repo map. What nothing says is asked.

export interface RouteRule {
  readonly name: string;
  readonly match: readonly {
    readonly team?: string | undefined;
    readonly project?: string | undefined;
    readonly label?: string | undefined;
  }[];
}

export interface RouteKnowledge {
  readonly catalogue: Catalogue;
  readonly records: Pick<TriageRecords, 'read'>;
  readonly depot: Pick<Depot, 'fetch' | 'list' | 'read'>;
  readonly forge: Pick<Forge, 'location'>;
}

export interface Asked {
  readonly item: SourceItem;
  readonly answers: readonly string[];
  readonly alert: Alert | undefined;
}

export interface Route {
  readonly repo: string;
  readonly because: string;
  /** Where neither the item nor rules said it. */
  readonly by?: 'correction' | 'model';
}

/** What the reporter answered comes first: it corrects what the item says. */
export async function routeOf(
  asked: Asked,
  repos: readonly RouteRule[],
  knowledge?: RouteKnowledge,
): Promise<Route | undefined> {
  const { item, answers } = asked;
  const known = (named: string | undefined) => repos.find(({ name }) => same(named, name));
  const corrected = answers.map((answer) => known(namedRepo(answer))).findLast(Boolean);
  if (corrected) return { repo: corrected.name, because: 'the reporter named it' };
  const answered = repos.find(({ name }) => answers.some((answer) => wholeWord(answer, name)));
  const named = namesRepo(item);
  if (named !== undefined) {
    const repo = known(named);
    if (repo) return { repo: repo.name, because: 'the item names it' };
    return answered && { repo: answered.name, because: 'the reporter named it' };
  }
  const found = knowledge && repos.length > 1 ? await knownRoute(asked, knowledge, repos) : undefined;
  if (found) return found;
  for (const { name, match } of repos) {
    for (const rule of match) {
      const match = matchedBy(rule, item);
      if (match !== undefined) return { repo: name, because: `the repo map sends ${match} there` };
    }
  }
  if (answered) return { repo: answered.name, because: 'the reporter named it' };
  const service = knowledge && serviceOfText(await knowledge.catalogue.read(), `${item.title} ${item.text}`);
  const told = service && known(service.service.repo);
  if (service && told) return { repo: told.name, because: service.because };
  return repos.length === 1 && repos[0] ? { repo: repos[0].name, because: 'it is the only repository' } : undefined;
}

export function signatureOfAsked({ item, answers, alert }: Asked): Signature {
  const { key, source, title, text } = item;
  return signatureOf({ key, source, title, text: [text, ...answers].join('\n'), alert });
}

async function knownRoute(
  asked: Asked,
  knowledge: RouteKnowledge,
  repos: readonly RouteRule[],
): Promise<Route | undefined> {
  const moved = await movedBefore(asked, knowledge);
  if (moved && repos.some(({ name }) => name === moved.repo)) return moved;
  const files = filesOfFrames(asked.item.text);
  const code = files.length > 0 ? await codeRoute(files, knowledge, repos) : undefined;
  if (code) return code;
  const service = serviceIn(await knowledge.catalogue.read(), asked.alert, files);
  if (!service || !repos.some(({ name }) => name === service.service.repo)) return undefined;
  return { repo: service.service.repo, because: service.because };
}

function serviceIn(
  catalogue: ServiceCatalogue,
  alert: Alert | undefined,
  files: readonly string[],
): FoundService | undefined {
  const ofAlert = alert && serviceOfAlert(catalogue, alert.labels);
  return ofAlert ?? files.map((file) => serviceOfPath(catalogue, file)).find((found) => found !== undefined);
}

/** A person has moved what was like it, the last one decides. */
async function movedBefore(asked: Asked, { records }: RouteKnowledge): Promise<Route | undefined> {
  const signature = signatureOfAsked(asked);
  const moves = (await records.read()).flatMap((record) => (record.kind === 'move' ? [record] : []));
  const known = frequencies(moves.map((move) => move.signature.terms));
  const example = moves.findLast((move) => likeness(signature, move.signature, known).is === 'same');
  const because = `${example?.item}, which is like it, was moved there by a person`;
  return example && { repo: example.repo, because, by: 'correction' };
}

/** A file of a stack trace that only one repository has: its longest end of at least two names. */
async function codeRoute(
  files: readonly string[],
  { depot, forge }: RouteKnowledge,
  repos: readonly RouteRule[],
): Promise<Route | undefined> {
  const trees = await Promise.all(
    repos.map(async ({ name }) => {
      const location = forge.location(name);
      // A repository that is away now says nothing about the others.
      const head = await depot.fetch(location, location.defaultBranch).catch(() => undefined);
      return { name, tree: head?.tree, paths: new Set(head ? await depot.list(name, head.tree) : []) };
    }),
  );
  for (const file of files) {
    const parts = file.split('/').filter(Boolean);
    for (let from = 0; from + 2 <= parts.length; from++) {
      const path = parts.slice(from).join('/');
      const having = trees.filter(({ paths }) => paths.has(path));
      const [only] = having;
      if (only?.tree === undefined || having.length !== 1) continue;
      const owners = await ownersIn(depot, only.name, only.tree, path);
      const whose = owners.length > 0 ? `, which CODEOWNERS gives to ${owners.join(', ')}` : '';
      return { repo: only.name, because: `the stack trace is in its ${path}${whose}` };
    }
  }
  return undefined;
}

async function ownersIn(
  depot: RouteKnowledge['depot'],
  repo: string,
  tree: string,
  path: string,
): Promise<readonly string[]> {
  for (const file of CODEOWNERS_FILES) {
    const text = await depot.read(repo, tree, file);
    if (text !== undefined) return ownersOf(text, [path]);
  }
  return [];
}

/** The repository that the item names, known or not. */
export function namesRepo({ repo, text }: Pick<SourceItem, 'repo' | 'text'>): string | undefined {
  return repo ?? namedRepo(text);
}

/** `repo: parcels` on a line of its own. */
/** Those that an item names together, in its order: `Repos: api, then web`. Undefined unless all are known, and several. */
export function namedRepos(
  text: string,
  repos: readonly RouteRule[],
): readonly [string, string, ...string[]] | undefined {
  const line = text.match(/^[ \t>*_-]{0,8}repo(?:sitorie)?s[*_]{0,2}:[*_]{0,2}[ \t]{0,8}(.{1,500})$/im)?.[1] ?? '';
  const names = line.split(/[,;]|\bthen\b|\band\b|\s/).map((name) => name.replace(/[`*_.]+$|^[`*_]+/g, ''));
  const wanted = [...new Set(names.filter((name) => name !== ''))];
  const known = wanted.map((name) => repos.find((repo) => same(repo.name, name))?.name);
  const [first, second, ...others] = known.flatMap((name) => name ?? []);
  const all = first !== undefined && second !== undefined && known.every((name) => name !== undefined);
  return all ? [first, second, ...others] : undefined;
}

function namedRepo(text: string): string | undefined {
  return text.match(/^[ \t>*_-]{0,8}repo(?:sitory)?[*_]{0,2}:[*_]{0,2}[ \t]{0,8}`?([\w.-]*\w)/im)?.[1];
}

/** What of the item the rule is about, in words; undefined where one of its parts does not fit, or it has none. */
export function matchedBy({ team, project, label }: RouteRule['match'][number], item: SourceItem): string | undefined {
  const parts: string[] = [];
  if (team !== undefined) {
    if (!same(item.team, team)) return undefined;
    parts.push(`team ${team}`);
  }
  if (project !== undefined) {
    if (!same(item.project, project)) return undefined;
    parts.push(`project ${project}`);
  }
  if (label !== undefined) {
    if (!item.labels.some((name) => same(name, label))) return undefined;
    parts.push(`label ${label}`);
  }
  return parts.length > 0 ? parts.join(' and ') : undefined;
}

export function same(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

function wholeWord(text: string, word: string): boolean {
  return text
    .toLowerCase()
    .split(/[^a-z0-9._-]+/)
    .some((part) => part.replace(/[._-]{1,9}$/, '') === word.toLowerCase());
}
