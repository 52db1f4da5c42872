import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ReadyPart, SetLink, SetPartOutcome } from '../schemas/change-set.js';

// What a change set and its missions say to each other.

/** A mission has a validated change, and waits for the others. */
export const partReady = defineSignal<[ReadyPart]>('partReady');

/** `merge`: all of them are ready, and it is its turn. */
export const setTold = defineSignal<[{ readonly links: readonly SetLink[]; readonly merge: boolean }]>('setTold');

export interface ChangeSetStatus {
  readonly item: string;
  readonly stage: 'working' | 'merging' | 'reverting' | 'done';
  readonly ready: readonly ReadyPart[];
  readonly ended: readonly SetPartOutcome[];
}

export const changeSetStatus = defineQuery<ChangeSetStatus>('changeSetStatus');
