import type { SetupStep } from '../../schemas/blueprint.js';
import { refused } from '../depot/git.js';
import type { Mount, Site } from './site.js';

export interface Egress {
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  wrap(command: string): readonly string[];
  refusals(): readonly string[];
  close(): Promise<void>;
}

export async function openEgress({
  step,
}: {
  readonly site: Site;
  readonly step: SetupStep;
  readonly directory: string;
}): Promise<Egress | undefined> {
  if (step.registries.length === 0 && step.hosts.length === 0) return undefined;
  throw refused('SetupFailed', 'no network yet');
}
