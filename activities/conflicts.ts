import type { CollidingFile, Conflict, Sides } from '../schemas/conflict.js';
import type { Finding } from '../schemas/finding.js';
import type { Verdict } from '../schemas/verdict.js';
import { bothKept, hasMarkers } from './conflict-markers.js';
import { permanent } from './failure.js';
import { readCases } from './gates.js';
import type { Baseline } from './judge.js';
import type { Blobs, ChangedFile, Depot } from './ports.js';
import type { ConflictDepot } from './ports-conflicts.js';
import { finding } from './review.js';

// What a mission needs to bring two sides together that git could not: what collides, and whether anything got lost.

/** Of each side: enough to see whose work it is. */
const COMMITS = 5;
/** Of the lines that got lost in a file: the rest is counted. */
const QUOTED = 3;
const LINE_CHARACTERS = 120;

export interface ConflictPorts {
  readonly depot: Depot & ConflictDepot;
  readonly blobs: Blobs;
}

export interface Resolution extends Sides {
  readonly files: readonly CollidingFile[];
  /** What somebody made of both sides. */
  readonly tree: string;
}

export type Joined = { readonly tree: string } | { readonly because: string };

type Verdicts = Readonly<Record<string, Verdict>>;

export function createConflictActivities({ depot, blobs }: ConflictPorts) {
  return {
    /** Puts both sides together as far as git can. `time` in seconds. Fails with `BadInput` when nothing collides. */
    async describeConflict({ time, ...sides }: Sides & { readonly time: number }): Promise<Conflict> {
      const { repo, taken, ours } = sides;
      const both = await depot.collide(repo, taken, ours);
      if (!both) throw permanent('BadInput', `${taken} and ${ours} do not collide`);
      const { tree, files } = both;
      const message = 'Both sides, to be brought together';
      const { commit } = await depot.commit({ repo, tree, parents: [taken, ours], message, time });
      const paths = files.map(({ path }) => path);
      return {
        ...{ ...sides, commit, tree, files, takenTree: await depot.treeOf(repo, taken) },
        there: await depot.commitsOn(repo, { from: ours, to: taken, paths, most: COMMITS }),
        here: await depot.commitsOn(repo, { from: taken, to: ours, paths, most: COMMITS }),
      };
    },

    /** Both sides one after the other, where each only added lines: nothing of either is lost by that. */
    async joinSides(input: Resolution & { readonly first: 'taken' | 'ours' }): Promise<Joined> {
      const { repo, files, tree, first } = input;
      const other = files.find(({ kind }) => kind !== 'both');
      if (other) return { because: `${other.path} was not changed by both sides as a file` };
      const paths = files.map(({ path }) => path);
      const made = await depot.rewrite(repo, tree, paths, (text) => bothKept(text, input, first));
      return 'tree' in made
        ? made
        : { because: `${made.left}: a side changed or removed lines that the other changed` };
    },

    /** What must be gone, and what a person has to look at: what either side did and is undone now. */
    async checkResolution({ repo, taken, ours, files, tree }: Resolution): Promise<Finding[]> {
      const paths = new Set(files.map(({ path }) => path));
      const before = await depot.mergeBase(repo, taken, ours);
      const sides = await Promise.all(
        [
          { whose: 'what is taken in', commit: taken },
          { whose: 'this change', commit: ours },
        ].map(async (side) => ({ ...side, changed: before ? await depot.diff(repo, before, side.commit) : [] })),
      );
      const findings: Finding[] = [];
      for (const path of [...paths].toSorted()) {
        const text = await depot.read(repo, tree, path);
        if (text !== undefined && hasMarkers(text, { taken, ours })) findings.push(markersIn(path));
        for (const { whose, commit, changed } of sides) {
          const file = changed.find((one) => one.path === path);
          if (file) findings.push(...undone(file, { whose, own: await depot.read(repo, commit, path), text }));
        }
      }
      return findings;
    },

    /**
     * What has to pass on both sides together: what passes on what is taken in, and what passes on ours and did not on
     * the base of before. By gate; a gate of which `taken` says nothing keeps what is known of it.
     */
    async joinBaselines(input: {
      readonly base: Verdicts;
      readonly taken: readonly Verdict[];
      readonly ours: readonly Verdict[];
    }): Promise<Verdicts> {
      const both: Record<string, Verdict> = { ...input.base };
      for (const verdict of input.taken) {
        const before = await casesOf(blobs, input.base[verdict.gate]);
        const there = await casesOf(blobs, verdict);
        if (!there) continue;
        const here = await casesOf(blobs, of(input.ours, verdict.gate));
        const known = new Set([...(before?.passing ?? []), ...there.passing]);
        const fresh = (here?.passing ?? []).filter((test) => !known.has(test));
        const cases: Baseline = { passing: [...there.passing, ...fresh], failing: there.failing };
        both[verdict.gate] = { ...verdict, cases: await blobs.put(JSON.stringify(cases), 'application/json') };
      }
      return both;
    },
  };
}

export type ConflictActivities = ReturnType<typeof createConflictActivities>;

async function casesOf(blobs: Blobs, verdict: Verdict | undefined): Promise<Baseline | undefined> {
  return verdict?.cases && readCases(blobs, verdict.cases);
}

function of(verdicts: readonly Verdict[], gate: string): Verdict | undefined {
  return verdicts.find((one) => one.gate === gate);
}

function markersIn(path: string): Finding {
  const message = 'still has the markers of a conflict';
  return finding({ rule: 'conflict-markers', severity: 'blocker', risk: 'high', path, about: '', message });
}

interface Side {
  readonly whose: string;
  /** The file as this side has it, and as it is now; undefined where there is none. */
  readonly own: string | undefined;
  readonly text: string | undefined;
}

/** Blank lines say nothing, and a line that stands elsewhere in the file now is not lost. */
function undone({ path, addedLines, removedLines }: ChangedFile, { whose, own, text }: Side): Finding[] {
  const [there, now] = [linesOf(own), linesOf(text)];
  const lost = textsOf(addedLines).filter((line) => !now.has(line));
  const back = textsOf(removedLines).filter((line) => !there.has(line) && now.has(line));
  return [
    ...lostInConflict(path, `does not have lines that ${whose} added`, lost),
    ...lostInConflict(path, `has lines again that ${whose} removed`, back),
  ];
}

function linesOf(text: string | undefined): ReadonlySet<string> {
  return new Set((text ?? '').split('\n').map((line) => line.trim()));
}

function textsOf(lines: ChangedFile['addedLines']): string[] {
  return [...new Set(lines.map(({ text }) => text.trim()))].filter((line) => line !== '');
}

function lostInConflict(path: string, what: string, lines: readonly string[]): Finding[] {
  if (lines.length === 0) return [];
  const quoted = lines.slice(0, QUOTED).map((line) => JSON.stringify(line.slice(0, LINE_CHARACTERS)));
  const more = lines.length > QUOTED ? ` and ${lines.length - QUOTED} more` : '';
  const message = `${what}: ${quoted.join(', ')}${more}`;
  return [finding({ rule: 'lost-in-conflict', severity: 'person', risk: 'medium', path, about: what, message })];
}
