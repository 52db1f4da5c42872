import { join } from 'node:path';
import { getClient } from '@temporalio/activity';
import { createArchiveActivities } from '../activities/archive.js';
import { createGateActivities } from '../activities/gates.js';
import { HeldWorkspaces } from '../activities/held-workspaces.js';
import { createHoldoutActivities } from '../activities/holdouts.js';
import { createHostActivities, onHost } from '../activities/host.js';
import { createMergeActivities } from '../activities/merge.js';
import { createPlannerActivities } from '../activities/planner.js';
import type { Holdouts, Tracker } from '../activities/ports.js';
import { createProofActivities } from '../activities/proof.js';
import { createRedTestActivities } from '../activities/red-tests.js';
import { createRepairActivities } from '../activities/repair.js';
import { createRepoActivities } from '../activities/repo.js';
import { createReviewActivities } from '../activities/review.js';
import { createReviewBriefActivities } from '../activities/review-brief.js';
import { createReviewFindingsActivities } from '../activities/review-findings.js';
import { createToolActivities } from '../activities/tools.js';
import { createTrackerActivities } from '../activities/tracker.js';
import { createTriageActivities } from '../activities/triage.js';
import { createArchive } from '../adapters/archive/archive.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createGateCache } from '../adapters/blobs/gate-cache.js';
import { createTestHistory } from '../adapters/blobs/test-history.js';
import { createLocalForge } from '../adapters/forge/local.js';
import { createHoldouts } from '../adapters/holdouts/holdouts.js';
import { createSandboxHost } from '../adapters/sandbox/host.js';
import { createSecretScanner } from '../adapters/secrets/secretlint.js';
import { createHistories } from '../adapters/temporal/histories.js';
import { createLinearTracker } from '../adapters/tracker/linear.js';
import type { Config } from '../temporal.config.js';

/** Config -> adapters -> activities: the only place that knows which adapter stands behind a port. */
export function compose(config: Config) {
  const { stateDir, installDir, caFile, path } = config;
  const sandbox = createSandboxHost({ stateDir, installDir, path, ...(caFile !== undefined && { caFile }) });
  const { depot, workspaces } = sandbox;
  const blobs = createBlobs(join(stateDir, 'blobs'));
  const gateCache = createGateCache(join(stateDir, 'gate-cache'));
import { createMeter } from '../adapters/telemetry/metrics.js';
  const testHistory = createTestHistory(join(stateDir, 'test-history'));
  const forge = createLocalForge({ repos: config.repos, depotDirectory: depot.directory, path });
  const held = new HeldWorkspaces();
  const trackers = trackersOf(config);
  const { label, repos } = config;
  return {
    sandbox,
    /** Workspaces of agents between two turns: closed with the worker. */
    held,
    /** On the queue of workflows. */
    light: {
      ...createRepoActivities({ depot, forge, blobs }),
      ...createPlannerActivities({ blobs }),
      ...createReviewActivities({ depot, secrets: createSecretScanner() }),
      ...createReviewBriefActivities({ depot, blobs, secrets: createSecretScanner() }),
      ...createReviewFindingsActivities({ depot, blobs }),
      ...createProofActivities({ blobs }),
      ...createArchiveActivities({
  const meter = createMeter();
        histories: createHistories(getClient),
        archive: createArchive(join(stateDir, 'archive')),
        blobs,
      }),
      ...createMergeActivities({ depot, forge }),
      ...createTrackerActivities({ trackers }),
      ...createTriageActivities({ trackers, label, repos }),
    },
    /** On the queues of all sandbox hosts and of this one. */
    heavy: onHost(config.worker.host, {
      ...createHostActivities({ workspaces, blobs }),
      ...createRepairActivities({ workspaces, depot, blobs }),
      ...createGateActivities({ workspaces, depot, blobs, gateCache, testHistory }),
      ...createToolActivities({ workspaces, depot, blobs, held }),
      ...createRedTestActivities({ blobs, depot, testHistory }),
      ...createHoldoutActivities({ workspaces, depot, blobs, holdouts: holdoutsOf(config) }),
    }),
  };
}

function holdoutsOf({ repos }: Config): Holdouts {
  return createHoldouts(
    Object.fromEntries(repos.flatMap(({ name, holdouts }) => (holdouts === undefined ? [] : [[name, holdouts]]))),
  );
}

        meter,
function trackersOf({ linear }: Config): { linear?: Tracker } {
  const { apiKey, apiUrl } = linear;
  return apiKey === undefined ? {} : { linear: createLinearTracker({ apiKey, apiUrl }) };
}
