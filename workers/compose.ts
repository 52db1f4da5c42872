import { getClient } from '@temporalio/activity';
import { createAgentSessionActivities } from '../activities/agent-session.js';
import { createApprovalActivities } from '../activities/approvals.js';
import { createArchiveActivities } from '../activities/archive.js';
import { createAskBackActivities } from '../activities/ask-back.js';
import { createChatActivities } from '../activities/chat.js';
import { createChatBoard } from '../activities/chat-board.js';
import { createClaimActivities } from '../activities/claims.js';
import { createConflictActivities } from '../activities/conflicts.js';
import { createEffects, type Effects } from '../activities/effects.js';
import { createEstimateActivities } from '../activities/estimate.js';
import { createGateActivities } from '../activities/gates.js';
import { createHaltActivities, createPermission, unlessHalted } from '../activities/halt.js';
import { HeldWorkspaces } from '../activities/held-workspaces.js';
import { createHoldoutActivities } from '../activities/holdouts.js';
import { createHostActivities, onHost } from '../activities/host.js';
import { createHousekeepingActivities, createUpkeepActivities } from '../activities/housekeeping.js';
import { createIncidentActivities, type IncidentPorts } from '../activities/incident.js';
import { createIncidentAnalysisActivities } from '../activities/incident-analysis.js';
import { createIncidentAnswerActivities } from '../activities/incident-answer.js';
import { createIncidentThread } from '../activities/incident-thread.js';
import { createKpiActivities } from '../activities/kpi.js';
import { createMergeActivities } from '../activities/merge.js';
import { createModelActivities } from '../activities/model-call.js';
import { ModelHealth } from '../activities/model-health.js';
import { createPlanBriefActivities } from '../activities/plan-brief.js';
import { createPlanDraftActivities } from '../activities/plan-draft.js';
import { createPlannerActivities } from '../activities/planner.js';
import type { Holdouts } from '../activities/ports.js';
import type { Catalogue } from '../activities/ports-triage.js';
import { createProofActivities } from '../activities/proof.js';
import { createPullRequestActivities, type PullRequestPorts } from '../activities/pull-request.js';
import { createRedTestActivities } from '../activities/red-tests.js';
import { createRepairActivities } from '../activities/repair.js';
import { createRepoActivities } from '../activities/repo.js';
import { createRevertActivities } from '../activities/reverts.js';
import { createReviewActivities } from '../activities/review.js';
import { createReviewBriefActivities } from '../activities/review-brief.js';
import { createReviewFindingsActivities } from '../activities/review-findings.js';
import { createRunActivities } from '../activities/runs.js';
import { createScopeActivities } from '../activities/scopes.js';
import { createSessionActivities } from '../activities/session.js';
import { createSignalActivities } from '../activities/signals.js';
import { createStallActivities } from '../activities/stalls.js';
import { createSubmissionActivities } from '../activities/submission.js';
import { createSweepActivities } from '../activities/sweep.js';
import { createThreadActivities } from '../activities/threads.js';
import { createToolActivities } from '../activities/tools.js';
import { createTrackerActivities } from '../activities/tracker.js';
import { createTriageActivities } from '../activities/triage.js';
import { createTriageOpinionActivities } from '../activities/triage-judge.js';
import { createPartActivities } from '../activities/triage-parts.js';
import { createTriageTimeActivities } from '../activities/triage-time.js';
import { createArchive } from '../adapters/archive/archive.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createGateCache } from '../adapters/blobs/gate-cache.js';
import { createPaidAnswers } from '../adapters/blobs/paid-answers.js';
import { createTestHistory } from '../adapters/blobs/test-history.js';
import { type Chat, createSlackChat } from '../adapters/chat/slack.js';
import { createEffectLedger } from '../adapters/effects/effects.js';
import { accessTo, createForges, type ForgeHosts } from '../adapters/forge/forges.js';
import { createGitea } from '../adapters/forge/gitea.js';
import { createGithub } from '../adapters/forge/github.js';
import { createHoldouts } from '../adapters/holdouts/holdouts.js';
import { createLedger } from '../adapters/ledger/ledger.js';
import { createPrometheus } from '../adapters/metrics/prometheus.js';
import { createModels } from '../adapters/models/models.js';
import { createAnswerKeys } from '../adapters/people/answer-keys.js';
import { createOnCall } from '../adapters/people/on-call.js';
import { createPeople } from '../adapters/people/people-file.js';
import { createUsedAnswers } from '../adapters/people/used-answers.js';
import { createSandboxHost } from '../adapters/sandbox/host.js';
import { createSecretScanner } from '../adapters/secrets/secretlint.js';
import { createStorage } from '../adapters/storage/storage.js';
import { createMeter } from '../adapters/telemetry/metrics.js';
import { hideInTraces } from '../adapters/telemetry/redaction.js';
import { createClaims } from '../adapters/temporal/claims.js';
import { createHalts } from '../adapters/temporal/halts.js';
import { createHistories } from '../adapters/temporal/histories.js';
import { createItemWork } from '../adapters/temporal/item-work.js';
import { createIncidentViews, createMissionViews, threadPlace } from '../adapters/temporal/mission-views.js';
import { createRunningWork } from '../adapters/temporal/running-work.js';
import { createRunStates, createRuns } from '../adapters/temporal/runs.js';
import { createHousekeepingSchedule } from '../adapters/temporal/schedules.js';
import { createScopeBudgets } from '../adapters/temporal/scope-budgets.js';
import { createCatalogue } from '../adapters/triage/catalogue.js';
import { changesBefore, figuresNow, logsLink, patchesIn } from '../adapters/triage/evidence.js';
import { createTriageRecords } from '../adapters/triage/records.js';
import { personOf } from '../schemas/people.js';
import { scopesOf } from '../schemas/scope.js';
import { channelFor, channelOf, incidentChannel } from '../schemas/slack-settings.js';
import type { Source } from '../schemas/source.js';
import type { Config } from '../temporal.config.js';
import { pushing, sharedDepots } from './shared-depots.js';
import { trackersOf } from './trackers.js';

/** Config -> adapters -> activities: the only place that knows which adapter stands behind a port. */
export async function compose(config: Config) {
  const { stateDir, installDir, caFile, path } = config;
  const storage = await createStorage(config);
  const hosts = forgeHosts(config);
  const sandbox = createSandboxHost({
    access: accessTo(hosts),
    ...{ stateDir, installDir, path, room: config.worker.disk, ...(caFile !== undefined && { caFile }) },
    ...sharedDepots(config, storage),
  });
  const { depot, workspaces } = sandbox;
  const blobs = createBlobs(storage.place('blobs'));
  const gateCache = createGateCache(storage.place('gate-cache'));
  const testHistory = createTestHistory(storage.place('test-history'));
  const forge = pushing(createForges({ repos: config.repos, hosts, depotDirectory: depot.directory, path }), depot);
  const held = new HeldWorkspaces();
  const chat = chatOf(config);
  const trackers = { ...trackersOf(config, blobs), ...(chat && { slack: chat.tracker }) };
  const meter = createMeter();
  const models = createModels(config.models);
  const ledger = createLedger(storage.place('ledger'));
  const archive = createArchive(storage.place('archive'));
  const halts = createHalts(getClient);
  const permitted = createPermission(halts);
  const effects = createEffects({ ledger: createEffectLedger(storage.place('effects')), permitted });
  const { closeWorkspace, ...tools } = createToolActivities({ workspaces, depot, blobs, held });
  const { label, repos } = config;
  const catalogue = createCatalogue(config.catalogue);
  // The one that we made for the user of this machine tells nobody from anybody else.
  const people = config.people.local ? undefined : createPeople(config.people);
  const records = createTriageRecords(storage.place('triage'));
  const answering = {
    people: createPeople(config.people),
    onCall: createOnCall(config.onCall),
    keys: createAnswerKeys(config.people),
    used: createUsedAnswers(storage.place('answers')),
  };
  const calling = {
    ...{ models, blobs, meter, permitted, health: new ModelHealth(), longestQuotaMs: config.longestQuotaMs },
    answers: createPaidAnswers(storage.place('paid-answers')),
  };
  return {
    sandbox,
    storage,
    /** Workspaces of agents between two turns: closed with the worker. */
    held,
    /** Trackers that are looked through for what no webhook told of. */
    swept: Object.keys(trackers) as Source[],
    /** On the queue of workflows. */
    light: {
      ...createRepoActivities({
        ...{ depot, forge, blobs, agents: models.cards.length > 0, budgets: config.budgets },
        chat: chat && ((repo) => toldIn(config, repo)),
        holdouts: repos.flatMap(({ name, holdouts }) => (holdouts === undefined ? [] : [name])),
      }),
      ...createConflictActivities({ depot, blobs }),
      ...createRevertActivities({ depot }),
      ...createPlannerActivities({ blobs }),
      ...createPlanDraftActivities({ blobs }),
      ...createPlanBriefActivities({ blobs, depot }),
      ...createReviewActivities({ depot, secrets: createSecretScanner() }),
      ...createReviewBriefActivities({ depot, blobs, secrets: createSecretScanner() }),
      ...createReviewFindingsActivities({ depot, blobs }),
      ...createSessionActivities({ blobs, depot, models, ledger }),
      ...createEstimateActivities({ ledger, models }),
      ...createScopeActivities({ scopes: createScopeBudgets(getClient), terms: scopesOf(config.budgets) }),
      ...createSubmissionActivities({ blobs }),
      ...createProofActivities({ blobs }),
      ...createArchiveActivities({
        histories: createHistories(getClient),
        archive,
        blobs,
        meter,
      }),
      ...createStallActivities({ work: createRunningWork(getClient) }),
      ...createHousekeepingActivities({ schedule: createHousekeepingSchedule(getClient) }),
      ...createHaltActivities({ halts }),
      ...createMergeActivities({ depot, forge, effects }),
      ...createApprovalActivities({ ...answering, depot, forge, boards: boardsOf(chat, effects) }),
      ...createAskBackActivities({ trackers, people: answering.people, effects }),
      ...createIncidentAnswerActivities({ ...answering, decide: config.incidents.decide }),
      ...createPullRequestActivities({ depot, forge, effects, people, runUrl: runUrlOf(config) }),
      ...createTrackerActivities({ trackers, effects, cards: ['slack'] }),
      ...createChatActivities({ chat, effects }),
      ...createThreadActivities({
        missions: createMissionViews(getClient),
        runs: createRuns(getClient),
        incident: createIncidentThread({
          ...{ ...answering, catalogue, policy: config.incidents, incidents: createIncidentViews(getClient) },
        }),
        isOurs: chat ? chat.isOurs : async () => false,
      }),
      ...createRunActivities({ runs: createRuns(getClient) }),
      ...createKpiActivities({
        metrics: config.metrics && createPrometheus(config.metrics),
        ...{ runs: createRuns(getClient), dedupeMs: config.dedupeMs },
      }),
      ...createAgentSessionActivities({ work: createItemWork(getClient), people }),
      ...createSweepActivities({
        ...{ trackers, label, dedupeMs: config.dedupeMs, runs: createRuns(getClient) },
        ...{ states: createRunStates(getClient), archive },
      }),
      ...createSignalActivities({ runs: createRuns(getClient), dedupeMs: config.dedupeMs }),
      ...createTriageActivities({
        ...{ trackers, label, repos, blobs, decline: config.triage.decline },
        known: { catalogue, records, depot, forge },
        models: config.triage.models.triager && models.cards.length > 0,
      }),
      ...createPartActivities({ blobs, runs: createRuns(getClient), dedupeMs: config.dedupeMs }),
      ...createIncidentActivities({
        ...{ blobs, repos, policy: config.incidents, dedupeMs: config.dedupeMs, runs: createRuns(getClient) },
        ...{ catalogue, ...(chat && { told: incidentsTold(config, catalogue) }) },
        analyse: config.triage.models.analyst && models.cards.length > 0,
        evidence: [
          changesBefore(depot, forge),
          ...(config.metrics ? [figuresNow(createPrometheus(config.metrics))] : []),
          logsLink,
        ],
      }),
      ...createClaimActivities({
        claims: createClaims(getClient, config.dedupeMs),
        ...{ records, fold: config.fold, meter },
      }),
      ...createTriageTimeActivities({
        ...{
          policy: config.triage.escalation,
          people: createPeople(config.people),
          onCall: createOnCall(config.onCall),
          meter,
        },
        channel: chat && channelFor(config.slack, ''),
      }),
    },
    /** On the queue of models. */
    calls: {
      ...createModelActivities({ ...calling, hideInTraces }),
      ...createTriageOpinionActivities(calling, config.triage.models),
      ...createIncidentAnalysisActivities({ ...calling, depot, forge, patch: patchesIn(depot) }, config.triage.models),
    },
    /** On the queues of all sandbox hosts and of this one. */
    heavy: onHost(config.worker.host, {
      ...unlessHalted(permitted, {
        ...createHostActivities({ workspaces, blobs }),
        ...createRepairActivities({ workspaces, depot, blobs }),
        ...createGateActivities({ workspaces, depot, blobs, gateCache, testHistory }),
        ...createHoldoutActivities({ workspaces, depot, blobs, holdouts: holdoutsOf(config) }),
        ...tools,
      }),
      // Tidying up goes on.
      closeWorkspace,
      ...createUpkeepActivities({ upkeep: sandbox }),
      ...createRedTestActivities({ blobs, depot, testHistory }),
    }),
  };
}

/** In Temporal UI. */
function runUrlOf({ temporal: { uiUrl, namespace } }: Config): PullRequestPorts['runUrl'] {
  const workflows = `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  return ({ workflowId, runId }) => `${workflows}/${encodeURIComponent(workflowId)}/${runId}`;
}

/** The forges that we have something to sign in with at. */
function forgeHosts({ forges: { github: at, gitea }, caFile }: Config): ForgeHosts {
  const github = createGithub({ ...at, caFile });
  return {
    ...(github && { github }),
    ...(gitea.url !== undefined &&
      gitea.token !== undefined && { gitea: createGitea({ url: gitea.url, token: gitea.token, caFile }) }),
  };
}

function holdoutsOf({ repos }: Config): Holdouts {
  return createHoldouts(
    Object.fromEntries(repos.flatMap(({ name, holdouts }) => (holdouts === undefined ? [] : [[name, holdouts]]))),
  );
}

function boardsOf(chat: Chat | undefined, effects: Effects) {
  if (!chat) return [];
  return [createChatBoard({ chat, effects, place: (item) => threadPlace(getClient(), item) })];
}

function toldIn({ slack }: Config, repo: string) {
  const channel = channelFor(slack, repo);
  return { everyMs: slack.editSeconds * 1_000, ...(channel !== undefined && { channel }) };
}

/** In the channel that the service names, that which a command came from, that of the repo, or the one for all. */
function incidentsTold({ slack, incidents }: Config, catalogue: Catalogue): IncidentPorts['told'] {
  return async ({ service, repo }, { labels }) => {
    const { services } = await catalogue.read();
    const own = service === undefined ? undefined : services[service]?.channel;
    const channel = incidentChannel(slack, { repo, wanted: [own, labels.channel], fallback: incidents.channel });
    return channel === undefined ? undefined : { channel, everyMs: slack.editSeconds * 1_000 };
  };
}

function chatOf(config: Config): Chat | undefined {
  const { slack, label } = config;
  const { botToken: token, apiUrl, reaction } = slack;
  if (token === undefined) return undefined;
  const channel = (id: string) => {
    const found = channelOf(slack, id);
    return found && { repo: found.repos[0] };
  };
  const channels = slack.channels.map(({ id }) => id);
  const people = createPeople(config.people);
  const mayAsk = async (id: string) => personOf(await people.read(), { source: 'slack', id })?.active === true;
  return createSlackChat({ token, apiUrl, label, reaction, channel, channels, mayAsk });
}
