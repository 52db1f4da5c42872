import type { WorkItem } from './work-item.js';

/** Of Temporal, from 1 to 5: on every queue the smaller number goes first. */
const PRIORITY_KEY = {
  incident: 1,
  urgent: 2,
  mission: 3,
  low: 4,
  goal: 5,
} as const;

export interface WorkPriority {
  readonly priorityKey: number;
  /** Among equal priorities every key gets an equal share, however much it has waiting. At most 64 bytes. */
  readonly fairnessKey: string;
}

/** Where a mission and everything below it stands on the queues. Its tenant is its repository. */
export function missionPriority({
  severity,
  repo,
  incident,
}: Pick<WorkItem, 'severity' | 'repo' | 'incident'>): WorkPriority {
  const priorityKey = incident
    ? PRIORITY_KEY.incident
    : severity === 'urgent'
      ? PRIORITY_KEY.urgent
      : severity === 'low'
        ? PRIORITY_KEY.low
        : PRIORITY_KEY.mission;
  return { priorityKey, fairnessKey: repo.slice(0, 64) };
}
