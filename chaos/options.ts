import { parseArgs } from 'node:util';
import { FAULTS } from './plan.js';

export class BadUsage extends Error {
  override readonly name = 'BadUsage';
}

export interface Options {
  readonly missions: number;
  readonly kills: number;
  readonly seed: number;
  readonly workers: number;
  readonly only: readonly string[];
  /** Directory for the report; undefined prints only. */
  readonly report: string | undefined;
  readonly restartServer: string | undefined;
  readonly keep: boolean;
  readonly json: boolean;
  /** Nothing happens for so many seconds although everything serves: what is open is stuck. */
  readonly still: number;
  /** Seconds until what was left behind counts as leaked. */
  readonly grace: number;
  /** Modules that the programs load first: how the tests plant bugs. */
  readonly preload: readonly string[];
}

const DEFAULTS = { missions: '20', kills: '20', seed: '1', workers: '2', only: '', still: '180', grace: '60' };

/** Throws `BadUsage` that says what is wrong. */
export function readOptions(args: readonly string[]): Options {
  let given: ReturnType<typeof parse>;
  try {
    given = parse(args);
  } catch (error) {
    throw new BadUsage((error as Error).message);
  }
  const only = given.only.split(',').filter(Boolean);
  const unknown = only.find((fault) => !FAULTS.includes(fault));
  if (unknown !== undefined) throw new BadUsage(`--only ${unknown}: expected some of ${FAULTS.join(',')}`);
  return {
    missions: whole('missions', given.missions, 1),
    kills: whole('kills', given.kills, 0),
    seed: whole('seed', given.seed, 0),
    workers: whole('workers', given.workers, 1),
    still: whole('still', given.still, 1),
    grace: whole('grace', given.grace, 0),
    ...{ only, report: given.report, restartServer: given['restart-server'], preload: given.preload },
    ...{ keep: given.keep, json: given.json },
  };
}

function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      missions: { type: 'string', default: DEFAULTS.missions },
      kills: { type: 'string', default: DEFAULTS.kills },
      seed: { type: 'string', default: DEFAULTS.seed },
      workers: { type: 'string', default: DEFAULTS.workers },
      only: { type: 'string', default: DEFAULTS.only },
      still: { type: 'string', default: DEFAULTS.still },
      grace: { type: 'string', default: DEFAULTS.grace },
      report: { type: 'string' },
      'restart-server': { type: 'string' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      preload: { type: 'string', multiple: true, default: [] },
    },
  });
  return values;
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number < 100_000) return number;
  throw new BadUsage(`--${name} ${text}: expected a whole number from ${least}`);
}
