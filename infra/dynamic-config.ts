/**
 * Settings of every Temporal server that Signalbox sets up. Its queues are polled 20 times a second by default, which
 * makes every remote step wait about 90 ms. Without fairness, whoever comes first with a thousand tasks is served first.
 * A queue in several partitions keeps the order only within each of them; one bears far more than our steps.
 */
export const DYNAMIC_CONFIG: Readonly<Record<string, number | boolean>> = {
  'history.transferProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxPollRPS': 2000,
  'history.visibilityProcessorMaxPollRPS': 2000,
  'system.enableActivityEagerExecution': true,
  'matching.enableFairness': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};
