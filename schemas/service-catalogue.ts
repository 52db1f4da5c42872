import { z } from 'zod';
import { SlackChannelId } from './slack-settings.js';

// `services.yaml`: which code a running service is, and what its alerts are called.

const Service = z.strictObject({
  repo: z.string().min(1),
  /** As the repo map calls it. */
  team: z.string().min(1).optional(),
  owners: z.array(z.string().min(1)).default([]),
  alerts: z
    .array(z.record(z.string(), z.string()))
    .default([])
    .describe('Labels of its alerts: all of one entry have to be there'),
  paths: z.array(z.string().min(1)).default([]).describe('Directories of it, as stack traces name them'),
  words: z.array(z.string().min(1)).default([]).describe('What people call it'),
  logs: z.url().optional().describe('Where its logs are read'),
  onCall: z.string().min(1).optional().describe('Rotation that is told of its incidents'),
  channel: SlackChannelId.optional().describe('Slack channel that is told of its incidents'),
  queries: z.record(z.string(), z.string()).default({}).describe('PromQL that tells how it is, by what it tells'),
});
export type Service = Readonly<z.infer<typeof Service>>;

export const ServiceCatalogue = z.strictObject({ services: z.record(z.string().min(1).max(100), Service).default({}) });
export type ServiceCatalogue = Readonly<z.infer<typeof ServiceCatalogue>>;

export interface FoundService {
  readonly name: string;
  readonly service: Service;
  readonly because: string;
}

/** The entry with the most labels that are all there; of equals the first. */
export function serviceOfAlert(
  { services }: ServiceCatalogue,
  labels: Readonly<Record<string, string>>,
): FoundService | undefined {
  const found = Object.entries(services).flatMap(([name, service]) =>
    service.alerts
      .filter((wanted) => Object.keys(wanted).length > 0)
      .filter((wanted) => Object.entries(wanted).every(([label, value]) => labels[label] === value))
      .map((wanted) => ({ name, service, wanted })),
  );
  const [best] = found.sort((one, other) => Object.keys(other.wanted).length - Object.keys(one.wanted).length);
  if (!best) return undefined;
  const shown = Object.entries(best.wanted).map(([label, value]) => `${label}=${value}`);
  return {
    name: best.name,
    service: best.service,
    because: `the catalogue says that ${shown.join(', ')} is service ${best.name}`,
  };
}

/** By the directory of a file in a stack trace. */
export function serviceOfPath({ services }: ServiceCatalogue, file: string): FoundService | undefined {
  for (const [name, service] of Object.entries(services)) {
    const path = service.paths.find((one) => `/${file}`.includes(`/${one.replace(/^\/+|\/+$/g, '')}/`));
    if (path !== undefined) return { name, service, because: `${path} in a stack trace is service ${name}` };
  }
  return undefined;
}

/** By what people call it; undefined where words of several repos are there. */
export function serviceOfText({ services }: ServiceCatalogue, text: string): FoundService | undefined {
  const said = ` ${text.toLowerCase().replace(/[^a-z0-9_-]+/g, ' ')} `;
  const found = Object.entries(services).flatMap(([name, service]) => {
    const word = [name, ...service.words].find((one) => said.includes(` ${one.toLowerCase()} `));
    return word === undefined ? [] : [{ name, service, because: `it names ${word}, which is service ${name}` }];
  });
  const repos = new Set(found.map(({ service }) => service.repo));
  return repos.size === 1 ? found[0] : undefined;
}
