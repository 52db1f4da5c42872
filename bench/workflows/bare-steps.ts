import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { GateActivities } from '../../activities/gates.js';
import type { HostActivities, HostedActivities } from '../../activities/host.js';
import type { RepairActivities } from '../../activities/repair.js';
import { hostQueue, SANDBOX_QUEUE } from '../../schemas/names.js';

// Steps on the queues of sandbox hosts, as our own workflows use them: the first one finds the host.

type SandboxSteps = HostedActivities<HostActivities & RepairActivities & GateActivities>;

const OPTIONS: ActivityOptions = { startToCloseTimeout: '15 minutes', heartbeatTimeout: '10 seconds' };

export const anyHost = proxyActivities<SandboxSteps>({ ...OPTIONS, taskQueue: SANDBOX_QUEUE });

export function onSameHost(host: string) {
  return proxyActivities<SandboxSteps>({ ...OPTIONS, taskQueue: hostQueue(host) });
}
