// The numbered list of candidates: single edits and pairs of them, as whole texts only when they are asked for.
import { createHash } from 'node:crypto';
import type { Candidate } from '../schemas/repair.js';
import { type Generated, generate, type Scored } from './operators/generate.js';

export interface Proposal {
  readonly id: string;
  readonly operator: string;
  readonly path: string;
  readonly line: number;
  readonly score: number;
  readonly parts: readonly Scored[];
}

/** Pairs are made of the best single edits; each is worth this share of the product of its parts. */
const PAIR_SHARE = 0.12;
const PAIR_POOL = 70;
const MOST_PAIRS = 1500;

export function propose(given: Generated): readonly Proposal[] {
  const singles = generate(given);
  const proposals = singles.map((part) => proposal({ parts: [part], operator: part.operator, score: part.score }));
  const all = [...proposals, ...pairs(singles)];
  // The sort is stable, so that equal scores keep their order of origin.
  return all.sort((a, b) => b.score - a.score);
}

function pairs(singles: readonly Scored[]): readonly Proposal[] {
  const pool = singles.slice(0, PAIR_POOL);
  const made: Proposal[] = [];
  for (const [index, first] of pool.entries()) {
    for (const second of pool.slice(index + 1)) {
      const apart = first.end <= second.start || second.end <= first.start;
      if (first.path !== second.path || !apart) continue;
      const alike = first.operator === second.operator && first.text === second.text ? 3 : 1;
      const parts = [first, second].sort((a, b) => a.start - b.start);
      made.push(proposal({ parts, operator: 'two edits', score: first.score * second.score * PAIR_SHARE * alike }));
    }
  }
  return made.sort((a, b) => b.score - a.score).slice(0, MOST_PAIRS);
}

function proposal({
  parts,
  operator,
  score,
}: {
  readonly parts: readonly Scored[];
  readonly operator: string;
  readonly score: number;
}): Proposal {
  const [first] = parts;
  if (!first) throw new Error('expected an edit in every proposal');
  const identity = JSON.stringify(parts.map((part) => [part.path, part.start, part.end, part.text]));
  const id = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return { id, operator, score, parts, path: first.path, line: first.line };
}

export function apply(proposal: Proposal, text: string): string {
  let changed = text;
  for (const part of [...proposal.parts].reverse())
    changed = changed.slice(0, part.start) + part.text + changed.slice(part.end);
  return changed;
}

export function toCandidate(proposal: Proposal, before: string): Candidate {
  const { id, operator, path, line } = proposal;
  return {
    id,
    operator,
    line,
    summary: summarise(proposal, before),
    edits: [{ path, before, after: apply(proposal, before) }],
  };
}

/** As much of the line around the edit as a reader needs, before and after. */
export function summarise(proposal: Proposal, before: string): string {
  return proposal.parts
    .map((part) => {
      const from = before.lastIndexOf('\n', part.start - 1) + 1;
      const newline = before.indexOf('\n', part.end);
      const to = newline < 0 ? before.length : newline;
      const whole = before.slice(from, part.start) + part.text + before.slice(part.end, to);
      return `${short(before.slice(from, to))} -> ${short(whole)}`;
    })
    .join('; ');
}

function short(text: string): string {
  const flat = text.trim().replace(/\s+/g, ' ');
  return flat.length > 160 ? `${flat.slice(0, 157)}...` : flat;
}
