import { defineSearchAttributeKey, type SearchAttributePair, type SearchAttributeUpdatePair } from '@temporalio/common';
import type { IncidentStatus } from '../schemas/incident.js';
import type { KpiState } from '../schemas/kpi-level.js';
import type { BudgetStatus } from './messages-standing.js';
import type { TriageInput } from './messages-triage.js';
import type { MissionState } from './mission-state.js';

const mission = defineSearchAttributeKey('SignalboxMission', 'KEYWORD');
const repo = defineSearchAttributeKey('SignalboxRepo', 'KEYWORD');
const source = defineSearchAttributeKey('SignalboxSource', 'KEYWORD');
const stage = defineSearchAttributeKey('SignalboxStage', 'KEYWORD');
const risk = defineSearchAttributeKey('SignalboxRisk', 'KEYWORD');
const cost = defineSearchAttributeKey('SignalboxCostUsd', 'DOUBLE');

/** What operators filter missions by. A mission that has ended shows its result as its stage. */
export function missionAttributes(state: MissionState): SearchAttributeUpdatePair[] {
  const { item, data } = state;
  return [
    { key: mission, value: item.key },
    { key: repo, value: item.repo },
    { key: source, value: item.source.kind },
    { key: stage, value: data.outcome?.result ?? data.stage },
    { key: risk, value: state.risk() },
    { key: cost, value: state.spend().usd },
  ];
}

/** A budget is found by whether it is used up; missions pay into the one of their repo. */
export function budgetAttributes({ scope, share, spent, holders }: BudgetStatus): SearchAttributeUpdatePair[] {
  const waits = holders.some(({ waits }) => waits);
  return [
    ...(scope.startsWith('repo/') ? [{ key: repo, value: scope.slice('repo/'.length) }] : []),
    { key: stage, value: waits ? 'used-up' : share >= 0.8 ? 'nearly-used-up' : 'open' },
    { key: cost, value: spent.usd },
  ];
}

/** An upsert costs an event even when it changes nothing. */
export class ShownAttributes {
  readonly #shown = new Map<string, unknown>();

  changed(attributes: readonly SearchAttributeUpdatePair[]): SearchAttributeUpdatePair[] {
    const changed = attributes.filter(({ key, value }) => this.#shown.get(key.name) !== value);
    for (const { key, value } of changed) this.#shown.set(key.name, value);
    return changed;
  }
}

/** A triage is found by its item. The workflow shows them itself: sent with its start they would slow the sender. */
export function triageAttributes({ source: kind, subject }: TriageInput): SearchAttributeUpdatePair[] {
  return [
    { key: source, value: kind },
    { key: mission, value: subject },
  ];
}

/** A round of looking at a figure is found by what it found. */
export function kpiAttributes({ level }: KpiState, repoName: string | undefined): SearchAttributeUpdatePair[] {
  return [
    { key: source, value: 'kpi' },
    { key: stage, value: level },
    ...(repoName === undefined ? [] : [{ key: repo, value: repoName }]),
  ];
}

/** An incident is found by what it is at. */
export function incidentAttributes(kind: string, status: IncidentStatus): SearchAttributeUpdatePair[] {
  return [
    { key: source, value: kind },
    { key: stage, value: status.stage },
    ...(status.repo === undefined ? [] : [{ key: repo, value: status.repo }]),
    ...(status.item === undefined ? [] : [{ key: mission, value: status.item }]),
  ];
}

export function dedupeAttributes(): SearchAttributeUpdatePair[] {
  return [{ key: stage, value: 'open' }];
}

/** A merge queue is found by its repo. */
export function mergeQueueAttributes(repoName: string): SearchAttributeUpdatePair[] {
  return [{ key: repo, value: repoName }];
}

/** A task is found by its mission. */
export function taskAttributes(item: string, repoName: string): SearchAttributePair[] {
  return [
    { key: mission, value: item },
    { key: repo, value: repoName },
  ];
}
