import { isAtSource } from '../schemas/chat-key.js';
import { type PartOf, partKey } from '../schemas/part.js';
import type { Signal, SignalData } from '../schemas/signal.js';
import type { ItemOpinion, Stood } from '../schemas/triage-opinion.js';
import type { DeclineRule } from '../schemas/triage-settings.js';
import type { MissingField, SourceItem, WorkItem } from '../schemas/work-item.js';
import type { ItemClaim } from './claims.js';
import { itemKey } from './fingerprint.js';
import { type ItemFields, readFields } from './item-fields.js';
import type { Blobs, Tracker } from './ports.js';
import {
  type Asked,
  namedRepos,
  namesRepo,
  type Route,
  type RouteKnowledge,
  type RouteRule,
  routeOf,
  same,
  signatureOfAsked,
} from './routing.js';
import { type Consider, type Judgement, judged } from './triage-judge.js';
import { rate } from './triage-rating.js';
import {
  type Facts,
  heardQuestions,
  heardRoute,
  heardVerdict,
  isOverruled,
  ruledVerdict,
  type Verdict,
} from './triage-verdicts.js';

export interface AssessInput {
  readonly source: Signal['source'];
  readonly subject: string;
  /** The text of a prompt; tickets are read again from their source instead. */
  readonly prompt?: SignalData;
  /** Answers given elsewhere than at the source. */
  readonly answers: readonly string[];
  /** Somebody handed it to us as an agent, in this session: that is as good as the label. */
  readonly session?: string;
  /** Where a person has moved it. */
  readonly moved?: { readonly repo: string; readonly because: string };
  /** What models have said about it so far. */
  readonly opinions?: readonly ItemOpinion[];
  /** It was declined or split, or that was proposed. */
  readonly stood?: Stood;
}

export type Assessment =
  | { readonly status: 'ready'; readonly item: WorkItem; readonly claim?: ItemClaim }
  /** `may`: by itself; else a person has to say yes. */
  | { readonly status: 'verdict'; readonly verdict: Verdict; readonly may: boolean }
  /** Rules leave something open: a model is to be asked, and then all of it again. */
  | { readonly status: 'consider'; readonly consider: Consider }
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
  /** What besides the item and the repo map says where it belongs. */
  readonly known?: RouteKnowledge;
  /** Which items are left alone. By default none. */
  readonly decline?: readonly DeclineRule[];
  /** Where parts of items and questions to models are kept; without it nothing is split, and no model asked. */
  readonly blobs?: Pick<Blobs, 'get' | 'put'>;
  /** A model is configured, and may be asked. By default not. */
  readonly models?: boolean;
}

export function createTriageActivities(ports: TriagePorts) {
  const { trackers, label, repos, known } = ports;
  const trackerOf = ({ source, subject }: Pick<AssessInput, 'source' | 'subject'>) =>
    isAtSource(source, subject) ? trackers[source] : undefined;

  async function read(input: AssessInput): Promise<SourceItem | undefined> {
    const tracker = trackerOf(input);
    const found = await tracker?.item(input.subject);
    // What a command asked for stands in the signal itself; its thread, with the answers, at the source.
    const asked = input.source === 'slack' && found ? promptItem(input) : undefined;
    const here =
      found && asked
        ? { ...found, ...asked, source: found.source, labels: found.labels, comments: found.comments }
        : found;
    const item = tracker ? here : promptItem(input);
    const { session } = input;
    return item && session !== undefined ? { ...item, source: { ...item.source, session } } : item;
  }

  async function judgementOf(
    { item, answers, route }: Facts,
    opinions: readonly ItemOpinion[],
  ): Promise<Judgement | undefined> {
    const { blobs, models } = ports;
    if (!models || !blobs) return undefined;
    const asked = { item, answers, opinions, repo: route?.repo, repos: repos.map(({ name }) => name) };
    return judged({ blobs, known }, asked);
  }

  return {
    /** Reads the item from its source, checks that it is well-formed, and finds its repo. */
    async assess(input: AssessInput): Promise<Assessment> {
      const item = await read(input);
      if (!item) return { status: 'ignored', because: `${input.source} has no item ${input.subject}` };
      const isTicket = trackerOf(input) !== undefined;
      const isAsked = input.session !== undefined || item.labels.some((name) => same(name, label));
      if (isTicket && !isAsked) {
        return { status: 'ignored', because: `the item does not carry the label "${label}" (any more)` };
      }
      const answers = [...answersAt(item), ...input.answers];
      const attended = input.prompt?.interactive === true && !isTicket;
      const fields = attended ? promptFields(item.text) : readFields(item.text, answers);
      const { alert, partOf } = input.prompt ?? {};
      const asked = { item, answers, alert };
      const several = input.moved || attended ? undefined : namedRepos(item.text, repos);
      const together: Route | undefined = several && {
        repo: several[0],
        because: 'the item names all its repositories',
      };
      const ruled = input.moved ? movedTo(input.moved, repos) : (together ?? (await routeOf(asked, repos, known)));
      const facts: Facts = {
        ...{ item, answers, given: input.answers, route: ruled, claim: claimOf(asked, ruled, partOf) },
      };
      // Where a person stays to say what is meant, or has said it, and what was judged before: an alert, a part.
      const isSettled = attended || input.moved !== undefined || alert !== undefined || partOf !== undefined;
      const isOpen = !isSettled && !isOverruled(input.stood, facts);
      const verdict = isOpen ? await ruledVerdict(ports, facts) : undefined;
      if (verdict) return { status: 'verdict', verdict, may: true };
      const judgement = isSettled ? undefined : await judgementOf(facts, input.opinions ?? []);
      if (judgement && 'consider' in judgement) return { status: 'consider', consider: judgement.consider };
      const heard = judgement && 'heard' in judgement ? judgement.heard : undefined;
      const route = ruled ?? (namesRepo(item) ? undefined : heardRoute(heard, repos));
      const claim = claimOf(asked, route, partOf);
      const proposed = heard && isOpen ? await heardVerdict(ports, { ...facts, route, claim }, heard) : undefined;
      if (proposed) return { status: 'verdict', ...proposed };
      const missing: MissingField[] = [...fields.missing];
      if (!route)
        missing.push({
          field: 'repo',
          question: `Which repository is this about? Known: ${repos.map(({ name }) => name).join(', ')}`,
        });
      if (missing.length > 0 && heard?.decision === 'ask') missing.push(...heardQuestions(heard));
      if (missing.length > 0 || !route) return { status: 'incomplete', missing, title: item.title, claim };
      const rated = {
        ...workItem(item, fields, route),
        ...(several && { repos: [...several] }),
        ...rate(item, heard, partOf?.risk),
      };
      const ready = withAlert(rated, input.prompt);
      // What a person works on at a terminal is theirs, whoever else tells of it.
      return attended ? { status: 'ready', item: interactive(ready) } : { status: 'ready', item: ready, claim };
    },
  };
}

export type TriageActivities = ReturnType<typeof createTriageActivities>;

function movedTo({ repo, because }: NonNullable<AssessInput['moved']>, repos: readonly RouteRule[]): Route | undefined {
  return repos.some(({ name }) => name === repo) ? { repo, because } : undefined;
}

function claimOf(asked: Asked, route: Route | undefined, partOf?: PartOf): ItemClaim {
  const { key: item, source, title } = asked.item;
  const signature = signatureOfAsked(asked);
  return {
    item,
    source,
    title: title.slice(0, 200),
    // Parts of one item tell of different things, however alike they are.
    signature: partOf ? { ...signature, unlike: [...signature.unlike, ...siblingsOf(partOf)] } : signature,
    ...(route && { repo: route.repo }),
    ...(route?.by && { routedBy: route.by }),
  };
}

function siblingsOf({ item, n, of }: PartOf): string[] {
  const all = Array.from({ length: of }, (_part, index) => index + 1);
  return all.filter((one) => one !== n).map((one) => itemKey(partKey(item, one)));
}

function promptItem({ source, subject, prompt }: AssessInput): SourceItem | undefined {
  if (!prompt?.text) return undefined;
  return {
    key: subject,
    source: { kind: source, id: subject, ...(prompt.partOf && { reporterAt: prompt.partOf.kind }) },
    title: prompt.title ?? prompt.text.slice(0, 80),
    text: prompt.text,
    labels: prompt.partOf?.labels ?? [],
    ...(prompt.partOf?.team !== undefined && { team: prompt.partOf.team }),
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

function workItem(
  item: SourceItem,
  fields: ItemFields,
  route: Route,
): Omit<WorkItem, 'type' | 'severity' | 'risk' | 'ratedBecause'> {
  return {
    key: item.key,
    source: item.source,
    title: item.title.slice(0, 300),
    problem: fields.problem,
    expected: fields.expected,
    acceptance: fields.acceptance,
    repo: route.repo,
    ...(item.team !== undefined && { team: item.team }),
    ...(item.reporter && { reporter: item.reporter }),
    ...(item.attachments && { attachments: item.attachments }),
    routedBecause: route.because,
  };
}
