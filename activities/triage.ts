import { isAtSource } from '../schemas/chat-key.js';
import type { Signal, SignalData } from '../schemas/signal.js';
import type { MissingField, SourceItem, WorkItem } from '../schemas/work-item.js';
import type { ItemClaim } from './claims.js';
import { type ItemFields, readFields } from './item-fields.js';
import type { Tracker } from './ports.js';
import {
  type Asked,
  type Route,
  type RouteKnowledge,
  type RouteRule,
  routeOf,
  same,
  signatureOfAsked,
} from './routing.js';

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
  /** What besides the item and the repo map says where it belongs. */
  readonly known?: RouteKnowledge;
}

export function createTriageActivities({ trackers, label, repos, known }: TriagePorts) {
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
      const route = input.moved
        ? movedTo(input.moved, repos)
        : await routeOf({ item, answers, alert: input.prompt?.alert }, repos, known);
      const missing: MissingField[] = [...fields.missing];
      if (!route)
        missing.push({
          field: 'repo',
          question: `Which repository is this about? Known: ${repos.map(({ name }) => name).join(', ')}`,
        });
      const claim = claimOf({ item, answers, alert: input.prompt?.alert }, route);
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

function claimOf(asked: Asked, route: Route | undefined): ItemClaim {
  const { key: item, source, title } = asked.item;
  return {
    item,
    source,
    title: title.slice(0, 200),
    signature: signatureOfAsked(asked),
    ...(route && { repo: route.repo }),
  };
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

/** What a person looks at, whatever else is said. */
const RISKY =
  /\b(security (?:hole|issue|breach)|vulnerab\w+|(?:sql|code|command) injection|xss|csrf|(?:data|password|token|secret)s? (?:leak\w*|breach\w*|loss|lost|exposed)|personal data|gdpr|ransom\w*)\b/i;

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
    // Labels and words may raise the risk; nothing in an item's text can lower it.
    risk: has('critical') || RISKY.test(`${item.title}\n${item.text}`) ? 'high' : 'low',
    ...(item.reporter && { reporter: item.reporter }),
    ...(item.attachments && { attachments: item.attachments }),
    routedBecause: route.because,
  };
}
