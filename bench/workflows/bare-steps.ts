import { proxyActivities } from '@temporalio/workflow';
import { hostQueue, SANDBOX_QUEUE } from '../../schemas/names.js';
import type { AllActivities } from '../../test/workflows/stubs.js';

// Steps on the queues of sandbox hosts, as our own workflows use them.

export const sandboxSteps = proxyActivities<AllActivities>({
  taskQueue: SANDBOX_QUEUE,
  startToCloseTimeout: '10 seconds',
});

export function hostSteps(host: string) {
  return proxyActivities<AllActivities>({
    taskQueue: hostQueue(host),
    startToCloseTimeout: '15 minutes',
    heartbeatTimeout: '10 seconds',
  });
}
