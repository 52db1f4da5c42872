import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { SimplePlugin } from '@temporalio/plugin';
import type { ActivityInboundCallsInterceptor, ActivityInterceptors } from '@temporalio/worker';

/** One log line per step, with its mission, its trace, how long it took and how it ended. */
export const stepLog = new SimplePlugin({ name: 'step log', workerInterceptors: { activity: [logSteps] } });

function logSteps(context: Context): ActivityInterceptors {
  const inbound: ActivityInboundCallsInterceptor = {
    async execute(input, next) {
      const began = performance.now();
      const ended = (outcome: string) => ({ outcome, ms: Math.round(performance.now() - began) });
      try {
        const result = await next(input);
        context.log.info(`${context.info.activityType} done`, ended('done'));
        return result;
      } catch (error) {
        const type = error instanceof ApplicationFailure ? error.type : (error as Error).name;
        context.log.warn(`${context.info.activityType} failed`, { ...ended('failed'), type });
        throw error;
      }
    },
  };
  return { inbound };
}
