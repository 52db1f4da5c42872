import { Random } from './random.js';

// What is broken, and when: a pure function of the seed. "When" is a share of the answers of models that the run is
// expected to take, since a slow machine gets to the same point of the work later and not elsewhere.

/** Programs that are ended with SIGKILL and started again. */
export const KILLS = ['worker', 'gateway', 'server'] as const;
/** What happens to one answer of a model or of the tracker on its way. */
export const SPOILS = ['delay', 'drop', 'cut', 'done-then-timeout'] as const;
export type Kill = (typeof KILLS)[number];
export type Spoil = (typeof SPOILS)[number];

const VENDORS = ['model', 'tracker'] as const;
export type Vendor = (typeof VENDORS)[number];

export const FAULTS: readonly string[] = [
  ...KILLS,
  ...VENDORS.flatMap((vendor) => SPOILS.map((spoil) => `${vendor}-${spoil}`)),
];

interface Timed {
  /** From 0, in the order in which they happen. */
  readonly n: number;
  /** Of the run's expected answers, from 0 to 1. */
  readonly at: number;
}

export interface PlannedKill extends Timed {
  readonly fault: Kill;
  /** Which worker; 0 for what there is only one of. */
  readonly target: number;
  /** Milliseconds until it is started again. */
  readonly downMs: number;
}

export interface PlannedSpoil extends Timed {
  readonly fault: `${Vendor}-${Spoil}`;
  readonly vendor: Vendor;
  readonly spoil: Spoil;
  /** Milliseconds that the answer, or the end of the connection, takes. */
  readonly holdMs: number;
}

export type PlannedFault = PlannedKill | PlannedSpoil;

/** How a mission's webhook comes: `copies` more than once, `gapMs` apart. */
export interface PlannedDelivery {
  readonly copies: number;
  readonly gapMs: number;
}

export interface ChaosPlan {
  readonly faults: readonly PlannedFault[];
  readonly deliveries: readonly PlannedDelivery[];
}

export interface PlanChaos {
  readonly seed: number;
  readonly missions: number;
  readonly kills: number;
  readonly workers: number;
  /** Names from `FAULTS`; empty means all. `server` is left out where nobody may restart it. */
  readonly only: readonly string[];
}

/** A worker holds the most, so it is killed the most. */
const WEIGHTS: Readonly<Record<Kill, number>> = { worker: 6, gateway: 2, server: 2 };
/** Nothing is under way before the first share, and little after the last. */
const FIRST = 0.03;
const LAST = 0.9;
const DUPLICATED = 0.3;
const MOST_COPIES = 5;

export function planChaos({ seed, missions, kills, workers, only }: PlanChaos): ChaosPlan {
  const wanted = (fault: string) => only.length === 0 || only.includes(fault);
  const random = new Random(seed);
  const killed = KILLS.filter(wanted).flatMap((kill) => Array.from({ length: WEIGHTS[kill] }, () => kill));
  const [firstKill, ...otherKills] = killed;
  const ends = firstKill
    ? spread(random, kills).map((at) => {
        const fault = random.pick([firstKill, ...otherKills]);
        const target = fault === 'worker' ? random.between(0, workers - 1) : 0;
        return { fault, target, at, downMs: random.between(200, 3_000) };
      })
    : [];
  const spoils = VENDORS.flatMap((vendor) => SPOILS.map((spoil) => ({ vendor, spoil }))).filter(({ vendor, spoil }) =>
    wanted(`${vendor}-${spoil}`),
  );
  const [firstSpoil, ...otherSpoils] = spoils;
  const spoiled = firstSpoil
    ? spread(random, kills).map((at) => {
        const { vendor, spoil } = random.pick([firstSpoil, ...otherSpoils]);
        return { fault: `${vendor}-${spoil}` as const, vendor, spoil, at, holdMs: random.between(500, 3_000) };
      })
    : [];
  const deliveries = Array.from({ length: missions }, () => ({
    copies: random.share() < DUPLICATED ? random.between(1, MOST_COPIES) : 0,
    gapMs: random.between(0, 2_000),
  }));
  const faults = [...ends, ...spoiled].sort((one, other) => one.at - other.at).map((fault, n) => ({ ...fault, n }));
  return { faults, deliveries };
}

/** One in each of `count` equal parts, somewhere in it: never all at once, never evenly. */
function spread(random: Random, count: number): number[] {
  return Array.from({ length: count }, (_, n) => {
    const share = FIRST + ((n + random.share()) / count) * (LAST - FIRST);
    return Math.round(share * 10_000) / 10_000;
  });
}
