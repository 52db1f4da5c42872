import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';

type Behavior = 'AUTO_UPGRADE' | 'PINNED';

/**
 * How runs of a workflow follow new builds of the workers: docs/decisions/2026-11-21-versioning.md. Servers refuse such
 * a wish from workers that do not say which build they are, as those of tests.
 */
export function versioned<Args extends unknown[], Result>(
  versioningBehavior: Behavior,
  workflow: (...args: Args) => Promise<Result>,
): void {
  const isVersioned = () => Boolean(workflowInfo().currentDeploymentVersion?.deploymentName);
  setWorkflowOptions(() => (isVersioned() ? { versioningBehavior } : {}), workflow);
}
