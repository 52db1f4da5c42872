import type { Alert } from '../schemas/alert.js';
import type { Signal, SignalData } from '../schemas/signal.js';
import type { MissingField, SourceItem, WorkItem } from '../schemas/work-item.js';
import type { ItemClaim } from './claims.js';
import { signatureOf } from './fingerprint.js';
import { type ItemFields, readFields } from './item-fields.js';
import type { Tracker } from './ports.js';

export interface RouteRule {
  readonly name: string;
  readonly match: readonly {
    readonly team?: string | undefined;
    readonly project?: string | undefined;
    readonly label?: string | undefined;
  }[];
}

export interface AssessInput {
  readonly source: Signal['source'];
  readonly subject: string;
  /** The text of a prompt; tickets are read again from their source instead. */
  readonly prompt?: SignalData;
  /** Answers given elsewhere than at the source. */
  readonly answers: readonly string[];
  /** Where a person has moved it. */
  readonly moved?: { readonly repo: string; readonly because: string };
}

export type Assessment =
  | { readonly status: 'ready'; readonly item: WorkItem; readonly claim?: ItemClaim }
  | {
      readonly status: 'incomplete';
      readonly missing: readonly MissingField[];
      readonly title: string;
      readonly claim?: ItemClaim;
    }
  | { readonly status: 'ignored'; readonly because: string };

export interface TriagePorts {
  readonly trackers: Readonly<Partial<Record<Signal['source'], Tracker>>>;
  readonly label: string;
  readonly repos: readonly RouteRule[];
}

export function createTriageActivities({ trackers, label, repos }: TriagePorts) {
  async function read(input: AssessInput): Promise<SourceItem | undefined> {
    const tracker = trackers[input.source];
    return tracker ? tracker.item(input.subject) : promptItem(input);
  }

  return {
    /** Reads the item from its source, checks that it is well-formed, and finds its repo. */
    async assess(input: AssessInput): Promise<Assessment> {
      const item = await read(input);
      if (!item) return { status: 'ignored', because: `${input.source} has no item ${input.subject}` };
      const isTicket = trackers[input.source] !== undefined;
      if (isTicket && !item.labels.some((name) => same(name, label))) {
        return { status: 'ignored', because: `the item does not carry the label "${label}" (any more)` };
      }
      const answers = [...answersAt(item), ...input.answers];
      const attended = input.prompt?.interactive === true && !isTicket;
      const fields = attended ? promptFields(item.text) : readFields(item.text, answers);
      const route = input.moved ? movedTo(input.moved, repos) : routeOf(item, answers, repos);
      const missing: MissingField[] = [...fields.missing];
      if (!route)
        missing.push({
          field: 'repo',
          question: `Which repository is this about? Known: ${repos.map(({ name }) => name).join(', ')}`,
        });
      const claim = claimOf(item, answers, input.prompt?.alert, route);
      if (missing.length > 0 || !route) return { status: 'incomplete', missing, title: item.title, claim };
      const ready = withAlert(workItem(item, fields, route), input.prompt);
      // What a person works on at a terminal is theirs, whoever else tells of it.
      return attended ? { status: 'ready', item: interactive(ready) } : { status: 'ready', item: ready, claim };
    },
  };
}

export type TriageActivities = ReturnType<typeof createTriageActivities>;

function movedTo({ repo, because }: NonNullable<AssessInput['moved']>, repos: readonly RouteRule[]): Route | undefined {
  return repos.some(({ name }) => name === repo) ? { repo, because } : undefined;
}

function claimOf(
  { key, source, title, text }: SourceItem,
  answers: readonly string[],
  alert: Alert | undefined,
  route: Route | undefined,
): ItemClaim {
  const signature = signatureOf({ key, source, title, text: [text, ...answers].join('\n'), alert });
  return { item: key, source, title: title.slice(0, 200), signature, ...(route && { repo: route.repo }) };
}

function promptItem({ source, subject, prompt }: AssessInput): SourceItem | undefined {
  if (!prompt?.text) return undefined;
  return {
    key: subject,
    source: { kind: source, id: subject },
    title: prompt.title ?? prompt.text.slice(0, 80),
    text: prompt.text,
    labels: [],
    ...(prompt.repo && { repo: prompt.repo }),
    ...(prompt.actor && { reporter: prompt.actor }),
    comments: [],
  };
}

/** Whoever prompts stays to say what was meant, and sees what comes of it: nothing has to be asked before. */
function promptFields(text: string): ItemFields {
  return {
    problem: text,
    expected: 'What the prompt asks for is done.',
    acceptance: ['what the prompt asks for is done', 'all gates pass'],
    missing: [],
  };
}

function interactive(item: WorkItem): WorkItem {
  const by = item.reporter?.name ?? item.reporter?.id ?? 'somebody';
  return { ...item, interactive: true, routedBecause: `${item.routedBecause}; asked for by ${by} at the command line` };
}

/** How bad it is, an alert says; that it is an incident, only we do. */
function withAlert(item: WorkItem, prompt: SignalData | undefined): WorkItem {
  const { alert, incident } = prompt ?? {};
  if (!alert) return item;
  const { url } = alert;
  return {
    ...item,
    ...{ severity: alert.severity, type: 'bug' },
    ...(incident !== undefined && { incident }),
    ...(url !== undefined && { source: { ...item.source, url } }),
  };
}

/** What people wrote under the item after we first spoke there. */
function answersAt({ comments }: SourceItem): string[] {
  const first = comments.findIndex(({ ours }) => ours);
  return first < 0
    ? []
    : comments
        .slice(first)
        .filter(({ ours }) => !ours)
        .map(({ text }) => text);
}

interface Route {
  readonly repo: string;
  readonly because: string;
}

/** What the reporter answered comes first: it corrects what the item says. */
function routeOf(item: SourceItem, answers: readonly string[], repos: readonly RouteRule[]): Route | undefined {
  const known = (named: string | undefined) => repos.find(({ name }) => same(named, name));
  const corrected = answers.map((answer) => known(namedRepo(answer))).findLast(Boolean);
  if (corrected) return { repo: corrected.name, because: 'the reporter named it' };
  const answered = repos.find(({ name }) => answers.some((answer) => wholeWord(answer, name)));
  const named = item.repo ?? namedRepo(item.text);
  if (named !== undefined) {
    const repo = known(named);
    if (repo) return { repo: repo.name, because: 'the item names it' };
    return answered && { repo: answered.name, because: 'the reporter named it' };
  }
  for (const { name, match } of repos) {
    for (const rule of match) {
      const because = ruleMatch(rule, item);
      if (because) return { repo: name, because };
    }
  }
  if (answered) return { repo: answered.name, because: 'the reporter named it' };
  return repos.length === 1 && repos[0] ? { repo: repos[0].name, because: 'it is the only repository' } : undefined;
}

/** `repo: parcels` on a line of its own. */
function namedRepo(text: string): string | undefined {
  return text.match(/^[ \t>*_-]{0,8}repo(?:sitory)?[*_]{0,2}:[*_]{0,2}[ \t]{0,8}`?([\w.-]*\w)/im)?.[1];
}

function ruleMatch({ team, project, label }: RouteRule['match'][number], item: SourceItem): string | undefined {
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
  return parts.length > 0 ? `the repo map sends ${parts.join(' and ')} there` : undefined;
}

function workItem(item: SourceItem, fields: ItemFields, route: Route): WorkItem {
  const has = (...names: string[]) => item.labels.some((label) => names.some((name) => same(label, name)));
  const feature =
    has('feature', 'enhancement') ||
    (!has('bug') && /^\s*(add|export|support|implement|allow|introduce)\b/i.test(item.title));
  return {
    key: item.key,
    source: item.source,
    title: item.title.slice(0, 300),
    problem: fields.problem,
    expected: fields.expected,
    acceptance: fields.acceptance,
    repo: route.repo,
    ...(item.team !== undefined && { team: item.team }),
    type: feature ? 'feature' : has('chore') ? 'chore' : 'bug',
    severity: has('urgent') ? 'urgent' : has('high') ? 'high' : 'normal',
    // A label may raise the risk; nothing in an item's text can lower it.
    risk: has('critical') ? 'high' : 'low',
    ...(item.reporter && { reporter: item.reporter }),
    routedBecause: route.because,
  };
}

function same(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

function wholeWord(text: string, word: string): boolean {
  return text
    .toLowerCase()
    .split(/[^a-z0-9._-]+/)
    .some((part) => part.replace(/[._-]{1,9}$/, '') === word.toLowerCase());
}
