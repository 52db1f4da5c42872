import type { Context } from '@temporalio/activity';
import { SimplePlugin } from '@temporalio/plugin';
import type { ActivityInboundCallsInterceptor, ActivityInterceptors } from '@temporalio/worker';

const BEAT_MS = 2_000;

/**
 * Light steps are seen alive for as long as their process is: one whose worker was killed is begun again in seconds, and
 * not after the longest time that it could have taken. Not for steps that tell their own progress, which this would hide.
 */
export const aliveSteps = new SimplePlugin({ name: 'alive steps', workerInterceptors: { activity: [keepAlive] } });

function keepAlive(context: Context): ActivityInterceptors {
  const inbound: ActivityInboundCallsInterceptor = {
    async execute(input, next) {
      const timer = setInterval(() => context.heartbeat(), BEAT_MS);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  };
  return { inbound };
}
