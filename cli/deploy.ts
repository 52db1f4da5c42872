import type { Client } from '@temporalio/client';
import {
  adopt,
  type DeploymentAt,
  promote as makeCurrent,
  pinnedTo,
  ramp,
  readDeployment,
  workersOf,
} from '../adapters/temporal/deployment.js';
import { readBuildId } from '../infra/build-id.js';
import { type Context, withClient } from './connect.js';
import { Refusal } from './errors.js';
import { json } from './output.js';

// Which build of the workers gets the work: see "Deploying new workflow code" in docs/operations.md.

export interface BuildView {
  readonly build: string;
  /** `drained`: nothing needs its workers any more. */
  readonly state: 'current' | 'ramping' | 'new' | 'draining' | 'drained';
  /** Of all workflows; of ramping builds. */
  readonly percent?: number;
  /** Those that ask for work now. */
  readonly workers: number;
  /** Open workflows that stay with it until they end. */
  readonly pinned: number;
}

type Options = { readonly json: boolean };

export function status(options: Options): Promise<number> {
  return withClient(async ({ client, output }) => {
    const builds = await readBuilds(client);
    output.data(options.json ? json(builds) : table(builds));
    return 0;
  });
}

interface Promote extends Options {
  /** By default the one of this installation. */
  readonly build: string | undefined;
  /** Percent. Undefined: everything. */
  readonly ramp: number | undefined;
}

export function promote(options: Promote): Promise<number> {
  return withClient(async (context) => {
    const { client, config, output } = context;
    const build = options.build ?? readBuildId(config.installDir);
    const before = await readBuilds(client);
    const found = before.find((one) => one.build === build);
    if (!found || found.workers === 0) throw new Refusal(`no worker of build ${build} is there; ${whoIs(before)}`);
    if (options.ramp !== undefined) await rampTo(context, build, options.ramp);
    else await makeCurrent(at(client), build);
    const adopted = await adoptLeft(client);
    const builds = await readBuilds(client);
    if (options.json) output.data(json(builds));
    else output.data(table(builds));
    if (adopted > 0) output.talk(`${adopted} workflows of builds that nobody runs any more go on with ${build}`);
    return 0;
  });
}

async function rampTo({ client }: Context, build: string, percent: number): Promise<void> {
  const current = (await readDeployment(at(client)))?.current;
  if (current === build) throw new Refusal(`${build} is the current build and gets all that no other is ramped to`);
  await ramp(at(client), build, percent);
}

/** Exit code 0 when only the current and the ramping build are needed. */
export function drained(options: Options): Promise<number> {
  return withClient(async ({ client, output }) => {
    const draining = (await readBuilds(client)).filter(({ state }) => state === 'draining');
    if (options.json) output.data(json(draining));
    else output.data(draining.length === 0 ? 'older builds are not needed any more' : table(draining));
    return draining.length === 0 ? 0 : 1;
  });
}

/** Workflows that are pinned to a build without any worker would wait forever. */
export async function adoptLeft(client: Client): Promise<number> {
  let adopted = 0;
  for (const { build, state, workers, pinned } of await readBuilds(client)) {
    if (state === 'draining' && workers === 0 && pinned > 0) adopted += await adopt(client, build);
  }
  return adopted;
}

/** Newest first. */
export async function readBuilds(client: Client): Promise<readonly BuildView[]> {
  const deployment = await readDeployment(at(client));
  if (!deployment) return [];
  const { current, ramping, builds } = deployment;
  const workers = await workersOf(at(client));
  return Promise.all(
    builds.map(async ({ build, used }) => {
      const { count: pinned } = await client.workflow.count(pinnedTo(build));
      const counts = { workers: workers.get(build) ?? 0, pinned };
      if (build === current) return { build, state: 'current', ...counts };
      if (build === ramping?.build) return { build, state: 'ramping', percent: ramping.percent, ...counts };
      if (pinned > 0) return { build, state: 'draining', ...counts };
      return { build, state: used ? 'drained' : 'new', ...counts };
    }),
  );
}

function at({ workflowService: service, options: { namespace } }: Client): DeploymentAt {
  return { service, namespace };
}

function whoIs(builds: readonly BuildView[]): string {
  const there = builds.filter(({ workers }) => workers > 0).map(({ build, state }) => `${build} (${state})`);
  return there.length === 0 ? 'start one with `signalbox worker`' : `there are workers of ${there.join(', ')}`;
}

function table(builds: readonly BuildView[]): string {
  const rows = builds.map(({ build, state, percent, workers, pinned }) => [
    ...[build, percent === undefined ? state : `${state} ${percent} %`, String(workers), String(pinned)],
  ]);
  const lines = [['build', 'state', 'workers', 'pinned'], ...rows];
  return lines
    .map(
      ([build = '', state = '', workers = '', pinned = '']) =>
        `${build.padEnd(20)}${state.padEnd(14)}${workers.padEnd(9)}${pinned}`,
    )
    .join('\n');
}
