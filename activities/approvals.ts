import { Context } from '@temporalio/activity';
import type { ApprovalQuestion, ApprovalTerms } from '../schemas/approval.js';
import type { ApprovalRecord } from '../schemas/approval-record.js';
import { CODEOWNERS_FILES, ownersOf } from '../schemas/codeowners.js';
import { workflowId } from '../schemas/names.js';
import { RefusedInput } from '../schemas/parse.js';
import { PERSON_SOURCES, type Person } from '../schemas/people.js';
import type { ItemSource } from '../schemas/work-item.js';
import {
  type ChangeFacts,
  type Facts,
  judge,
  misfit,
  type Needed,
  neededOf,
  whoCould,
  whoMay,
} from './approval-rules.js';
import { thisStep } from './effects.js';
import { transient } from './failure.js';
import type { Depot, Forge } from './ports.js';
import type { ApprovalBoard, ApprovalCard } from './ports-approvals.js';
import type { AnswerKeys, OnCall, People, UsedAnswers } from './ports-people.js';

/** More than that many are not mentioned one by one. */
const MENTIONED = 20;

export interface ApprovalPorts {
  readonly people: People;
  readonly onCall: OnCall;
  readonly keys: AnswerKeys;
  readonly used: UsedAnswers;
  readonly depot: Pick<Depot, 'diff' | 'read' | 'authors'>;
  readonly forge: Pick<Forge, 'head'>;
  readonly boards: readonly ApprovalBoard[];
}

/** A question, and how far its escalation has come. */
export interface AskedQuestion {
  readonly question: ApprovalQuestion;
  readonly source: ItemSource;
  readonly terms: ApprovalTerms;
  readonly escalated: number;
}

export interface VerifyAnswer extends AskedQuestion {
  readonly record: ApprovalRecord;
  /** Keys of those whose yes counts so far. */
  readonly given: readonly string[];
}

export type AnswerVerdict =
  /** In words for whoever answered. */
  | { readonly refused: string }
  /** The branch is elsewhere now: the question is about what is no more. */
  | { readonly stale: string }
  | {
      readonly person: Pick<Person, 'key' | 'name'>;
      readonly rules: readonly number[];
      readonly needed: readonly Needed[];
      /** Of those whose yes has counted, who have left meanwhile. */
      readonly gone: readonly string[];
    };

export interface ApprovalView {
  /** Whoever may answer now, in words. */
  readonly who: string;
  readonly asked: readonly Person[];
  readonly needed: number;
  readonly size?: ApprovalCard['size'];
}

export type ApprovalNews = Omit<ApprovalCard, 'who' | 'asked' | 'needed' | 'size'> & Omit<AskedQuestion, 'question'>;

export function createApprovalActivities(ports: ApprovalPorts) {
  const { keys, used, forge, boards } = ports;

  /** Everything that decides whether an answer counts, in this order: forged, misdirected, stale, not allowed, used. */
  async function verify(input: VerifyAnswer): Promise<AnswerVerdict> {
    const { record, question, terms } = input;
    if (!(await keys.isSigned(record))) return { refused: 'the signature is not that of the gateway' };
    const scheduled = new Date(Context.current().info.scheduledTimestampMs);
    const refused = misfit(record, question, workflowId.mission(question.item), scheduled);
    if (refused !== undefined) return { refused };
    if (terms.change && record.decision === 'approve') {
      const now = await forge.head(terms.change.repo, terms.change.branch);
      if (now !== undefined && now !== question.head) return { stale: now };
    }
    const facts = await factsOf(ports, input, scheduled);
    const judged = judge(record, facts);
    if ('refused' in judged) return judged;
    if (!(await used.use(record, thisStep()))) return { refused: 'this answer was used before' };
    const active = new Set(facts.people.people.filter((one) => one.active).map(({ key }) => key));
    const { key, name } = judged.person;
    return { ...judged, person: { key, name }, gone: input.given.filter((one) => !active.has(one)) };
  }

  return {
    /** Whether an answer counts, and for what. A people.yaml that can't be read makes nobody's count. */
    async verifyAnswer(input: VerifyAnswer): Promise<AnswerVerdict> {
      return verify(input).catch((error: unknown) => {
        if (error instanceof RefusedInput) return { refused: error.message };
        throw error;
      });
    },

    /** Who is asked, and what about, looked up at this moment. */
    async describeApproval(input: AskedQuestion): Promise<ApprovalView> {
      return viewOf(ports, input);
    },

    /** Whether this person could say yes now; false too when nobody can tell. */
    async mayAnswer({ person, ...asked }: AskedQuestion & { readonly person: string }): Promise<boolean> {
      try {
        return whoCould(await factsOf(ports, asked, new Date())).some(({ key }) => key === person);
      } catch (error) {
        if (error instanceof RefusedInput) return false;
        throw error;
      }
    },

    /** Shows the news in every place but the ticket. One place that does not answer keeps it from no other. */
    async announceApproval({ source, terms, escalated, ...news }: ApprovalNews): Promise<void> {
      if (boards.length === 0) return;
      const view = await viewOf(ports, { question: news.question, source, terms, escalated });
      const shown = await Promise.allSettled(boards.map((board) => board.show({ ...news, source, ...view })));
      const failed = shown.flatMap((one, index) =>
        one.status === 'rejected' ? [`${boards[index]?.name}: ${String(one.reason?.message ?? one.reason)}`] : [],
      );
      if (failed.length > 0) throw transient('VendorUnavailable', failed.join('; '));
    },
  };
}

export type ApprovalActivities = ReturnType<typeof createApprovalActivities>;

async function viewOf(ports: ApprovalPorts, input: AskedQuestion): Promise<ApprovalView> {
  try {
    const facts = await factsOf(ports, input, new Date());
    const { change } = facts;
    return {
      who: whoMay(facts),
      asked: whoCould(facts).slice(0, MENTIONED),
      needed: Math.max(...neededOf(facts).map(({ count }) => count)),
      ...(change && { size: change.size }),
    };
  } catch (error) {
    // It is asked nevertheless: somebody must see that nobody's answer counts.
    if (error instanceof RefusedInput) return { who: error.message, asked: [], needed: 1 };
    throw error;
  }
}

async function factsOf(ports: ApprovalPorts, input: AskedQuestion, now: Date) {
  const { question, source, terms, escalated } = input;
  const people = await ports.people.read();
  const rotations = [...terms.rules.map(({ from }) => from), ...terms.escalation.map(({ to }) => to)];
  const wanted = [...new Set(rotations.flatMap(({ onCall = [] }) => onCall))];
  const onCall = new Map<string, readonly string[]>();
  for (const rotation of wanted) onCall.set(rotation, await ports.onCall.who(rotation, now, people));
  const requesterSource = PERSON_SOURCES.find((one) => one === (source.reporterAt ?? source.kind));
  const change = terms.change && (await changeOf(ports, terms.change));
  return { people, question, requesterSource, terms, escalated, change, onCall } satisfies Facts;
}

async function changeOf(
  { depot }: ApprovalPorts,
  { repo, base, head }: NonNullable<ApprovalTerms['change']>,
): Promise<ChangeFacts & { readonly size: NonNullable<ApprovalCard['size']> }> {
  const files = await depot.diff(repo, base, head);
  const paths = files.map(({ path }) => path);
  const sum = (count: (file: (typeof files)[number]) => number) => files.reduce((all, file) => all + count(file), 0);
  return {
    paths,
    owners: await ownersIn(depot, repo, base, paths),
    authors: await depot.authors(repo, base, head),
    size: {
      files: files.length,
      added: sum(({ addedLines }) => addedLines.length),
      removed: sum(({ removedLines }) => removedLines.length),
    },
  };
}

/** By CODEOWNERS of the base: a change can't make itself an owner. */
async function ownersIn(
  depot: ApprovalPorts['depot'],
  repo: string,
  base: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  for (const file of CODEOWNERS_FILES) {
    const text = await depot.read(repo, base, file);
    if (text !== undefined) return ownersOf(text, paths);
  }
  return [];
}
