import { z } from 'zod';

/** Where signals come from. `cli` and `api` are prompts, without a place of their own to write back to. */
export const SOURCES = [
  'linear',
  'jira',
  'github',
  'gitea',
  'slack',
  'alertmanager',
  'pagerduty',
  'sentry',
  'grafana',
  'datadog',
  'opsgenie',
  'webhook',
  'kpi',
  'cli',
  'api',
] as const;
export const Source = z.enum(SOURCES);
export type Source = z.infer<typeof Source>;
