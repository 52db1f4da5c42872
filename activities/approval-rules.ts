import picomatch from 'picomatch';
import type { ApprovalQuestion, ApprovalTerms } from '../schemas/approval.js';
import type { ApprovalBinding, ApprovalRecord } from '../schemas/approval-record.js';
import type { ApprovalRule } from '../schemas/blueprint.js';
import { type Group, type Person, type PersonSource, personByEmail, personOf } from '../schemas/people.js';
import type { KnownPeople } from './ports-people.js';

// Whether an answer counts, as a pure function of what is known at that moment. Nothing unknown is a yes.

/** An answer is signed when it is given: a clock that is wrong, or a record that was kept, is not. */
const FRESH_MS = 5 * 60_000;
/** Counts for every rule, and is still neither requester nor author. */
const ADMIN = 'admin';
/** Where no rule of the policy applies. */
const ANYBODY: ApprovalRule = { from: {}, count: 1 };

/** What is known of the change, when the question is about one. */
export interface ChangeFacts {
  readonly paths: readonly string[];
  /** Owners of these paths, as CODEOWNERS of the base names them. */
  readonly owners: readonly string[];
  /** E-mail addresses of those whose commits are in it, ours excepted. */
  readonly authors: readonly string[];
}

/** What of a question decides who may answer it. */
export type JudgedQuestion = Pick<ApprovalQuestion, 'id' | 'risk' | 'requester'> & Pick<ApprovalBinding, 'action'>;

export interface Facts {
  readonly people: KnownPeople;
  readonly question: JudgedQuestion;
  /** Where the requester's id is from. */
  readonly requesterSource: PersonSource | undefined;
  readonly terms: ApprovalTerms;
  /** Steps of the escalation that were reached. */
  readonly escalated: number;
  readonly change: ChangeFacts | undefined;
  /** Rotation -> keys of whoever is on call in it now. */
  readonly onCall: ReadonlyMap<string, readonly string[]>;
}

/** One rule that applies. */
export interface Needed {
  /** Its place in the policy; -1: the built-in one. */
  readonly rule: number;
  readonly count: number;
}

export type Judgement =
  | { readonly refused: string }
  | { readonly person: Person; readonly rules: readonly number[]; readonly needed: readonly Needed[] };

/** Whether the record is about this question, and of now. The reason against it otherwise. */
export function misfit(
  record: ApprovalRecord,
  question: Omit<ApprovalBinding, 'question'> & Pick<ApprovalQuestion, 'id'>,
  mission: string,
  now: Date,
): string | undefined {
  if (record.question !== question.id) return `the answer is to ${record.question}, and this is ${question.id}`;
  if (record.mission !== mission) return `the answer is for ${record.mission}, and this is ${mission}`;
  if (record.action !== question.action)
    return `the answer is to "${record.action}", and this asks for "${question.action}"`;
  if (record.head !== question.head)
    return `head: this question is about ${question.head}, the answer is about ${record.head}`;
  if (record.planHash !== question.planHash) return 'the plan has changed since this was shown';
  const age = now.getTime() - Date.parse(record.at);
  if (!(Math.abs(age) <= FRESH_MS)) return `the answer was signed at ${record.at}, more than 5 minutes from now`;
  return undefined;
}

/** Whether this person's answer counts, and for which rules. */
export function judge(record: ApprovalRecord, facts: Facts): Judgement {
  const { people, question } = facts;
  const person = personOf(people, record.actor);
  if (!person) return { refused: `${record.actor.source} ${record.actor.id} is nobody in people.yaml` };
  if (!person.active) return { refused: `${person.name} is not active any more` };
  const needed = neededOf(facts);
  const counting = { person, rules: needed.filter(({ rule }) => countsFor(person, rule, facts)).map(at), needed };
  if (record.decision === 'ask-back') return counting;
  const involved = involvement(person, facts);
  if (record.decision === 'reject' && (involved || counting.rules.length > 0)) return counting;
  if (involved) return { refused: `${person.name} ${involved}` };
  if (counting.rules.length === 0) {
    return { refused: `${person.name} may not decide on ${question.id}: that is for ${whoMay(facts)}` };
  }
  if (record.decision !== 'hand-over') return counting;
  const wrong = refusedHandOver(record, facts);
  return wrong === undefined ? counting : { refused: wrong };
}

const at = ({ rule }: Needed) => rule;

/** Rules that apply, each with how many have to say yes. */
export function neededOf(facts: Facts): readonly Needed[] {
  const { question, terms, change } = facts;
  const applying = terms.rules.flatMap((rule, index) => (applies(rule, question, change) ? [index] : []));
  const extra = hasUnknownAuthor(facts) ? 1 : 0;
  const found = applying.map((rule) => ({ rule, count: ruleOf(terms, rule).count + extra }));
  return found.length > 0 ? found : [{ rule: -1, count: ANYBODY.count + extra }];
}

/** An author whom nobody knows may be whoever approves: then a second yes is at least one of somebody else. */
function hasUnknownAuthor({ people, change }: Facts): boolean {
  return !people.local && (change?.authors ?? []).some((address) => !personByEmail(people, address));
}

function applies({ actions, risks, paths }: ApprovalRule, question: JudgedQuestion, change?: ChangeFacts): boolean {
  if (actions && !actions.some((action) => action === question.action)) return false;
  if (risks && !risks.includes(question.risk)) return false;
  if (!paths) return true;
  const matches = picomatch([...paths], { dot: true });
  return (change?.paths ?? []).some((path) => matches(path));
}

function ruleOf({ rules }: ApprovalTerms, index: number): ApprovalRule {
  return rules[index] ?? ANYBODY;
}

function countsFor(person: Person, rule: number, facts: Facts): boolean {
  if (person.roles.includes(ADMIN)) return true;
  return groupsFor(rule, facts).some((group) => isIn(person, group, facts));
}

/** Its own, and those that it was escalated to. */
function groupsFor(rule: number, { terms, escalated }: Facts): readonly Group[] {
  return [ruleOf(terms, rule).from, ...terms.escalation.slice(0, escalated).map(({ to }) => to)];
}

function isIn(person: Person, { people, roles, teams, onCall, codeowners }: Group, facts: Facts): boolean {
  if (![people, roles, teams, onCall, codeowners].some((one) => one !== undefined)) return true;
  return (
    people?.includes(person.key) === true ||
    roles?.some((role) => person.roles.includes(role)) === true ||
    teams?.some((team) => person.teams.includes(team)) === true ||
    onCall?.some((rotation) => facts.onCall.get(rotation)?.includes(person.key)) === true ||
    (codeowners === true && (facts.change?.owners ?? []).some((owner) => isOwner(person, owner)))
  );
}

/** `@handle`, `@organisation/team` or an address. */
function isOwner({ handles, teams, email }: Person, owner: string): boolean {
  const name = owner.replace(/^@/, '').toLowerCase();
  const has = (list: readonly string[], wanted: string) => list.some((one) => one.toLowerCase() === wanted);
  if (!owner.startsWith('@')) return has(email, name);
  return name.includes('/') ? has(teams, name) || has(teams, name.split('/').slice(1).join('/')) : has(handles, name);
}

/** Why somebody may not say yes to this change, whatever their roles. */
function involvement(person: Person, facts: Facts): string | undefined {
  const { people, question, requesterSource: source, change } = facts;
  const author = (change?.authors ?? []).some((address) => personByEmail(people, address)?.key === person.key);
  if (author) return 'is an author of the change, and cannot approve it';
  if (!question.requester || !source) return undefined;
  const requester = personOf(people, { source, id: question.requester.id });
  if (requester?.key === person.key) return 'asked for the change, and cannot approve it';
  if (requester || people.local || (person.ids[source] ?? []).length > 0) return undefined;
  return `has no ${source} id in people.yaml, and ${source} ${question.requester.id}, who asked for the change, may be the same person`;
}

function refusedHandOver({ to }: ApprovalRecord, facts: Facts): string | undefined {
  if (!to) return 'to: expected a person or a team';
  const { people } = facts.people;
  const named = people.filter(({ key, teams }) => ('person' in to ? key === to.person : teams.includes(to.team)));
  const can = named.some(
    (one) => one.active && !involvement(one, facts) && neededOf(facts).some(({ rule }) => countsFor(one, rule, facts)),
  );
  if (can) return undefined;
  const name = 'person' in to ? to.person : `team ${to.team}`;
  return named.length === 0 ? `there is no ${name} in people.yaml` : `${name} may not decide on ${facts.question.id}`;
}

/** Those who could say yes now. */
export function whoCould(facts: Facts): readonly Person[] {
  const needed = neededOf(facts);
  return facts.people.people.filter(
    (person) =>
      person.active && !involvement(person, facts) && needed.some(({ rule }) => countsFor(person, rule, facts)),
  );
}

/** In words, for people. */
export function whoMay(facts: Facts): string {
  return neededOf(facts)
    .map(({ rule, count }) => {
      const groups = groupsFor(rule, facts).map((group) => groupInWords(group, facts.change?.owners));
      return `${count > 1 ? `${count} of ` : ''}${[...new Set(groups)].join(', or ')}`;
    })
    .join('; and ');
}

/** `owners`: of the paths, where the group asks for them. */
export function groupInWords(
  { people = [], roles = [], teams = [], onCall = [], codeowners }: Group,
  owners: readonly string[] = [],
): string {
  const all = [
    ...people,
    ...roles.map((role) => `role ${role}`),
    ...teams.map((team) => `team ${team}`),
    ...onCall.map((rotation) => `on call for ${rotation}`),
    ...(codeowners ? [`owners of the paths (${owners.join(' ') || 'nobody'})`] : []),
  ];
  return all.join(' or ') || 'any active person';
}
