import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Profile } from './bubble.js';
import { canRead, type Fixture, MARKED_ERRNO } from './fixture.js';
import { Holder } from './holder.js';
import { missingTools, overlay, type Probe, probe, userNamespaces } from './machine.js';
import { Place } from './place.js';
import { type Call, forbiddenCalls, foreignCalls, probeProgram } from './probe-program.js';
import {
  type Inside,
  limits,
  lookAround,
  network,
  PROBE_LIMITS,
  type ProgramRun,
  systemCalls,
  withControl,
} from './probes.js';
import { runCommand, runRaw } from './run.js';
import { EPERM } from './seccomp.js';
import type { Site } from './site.js';
import { WarmShell } from './warm.js';

// Proves at start-up that the sandbox holds on this machine. A worker that finds one probe red does not start: there is
// no weaker sandbox to fall back to.

const PROGRAM_MS = 10_000;
/** 128 and SIGSYS. */
const KILLED_BY_FILTER = 159;
const noWatch = () => () => undefined;

export async function selfTest(site: Site, prepare: () => Promise<Fixture>): Promise<Probe[]> {
  const missing = missingTools(site);
  if (missing.length > 0) return missing;
  const namespaces = await userNamespaces(site);
  if (!namespaces.ok) return [namespaces];
  const fixture = await prepare();
  const place = await Place.claim(site);
  const holder = await overlay(fixture, place);
  try {
    if (!(holder instanceof Holder)) return [namespaces, holder];
    return [namespaces, ...(await probeAll({ fixture, holder, place }))];
  } finally {
    if (holder instanceof Holder) await holder.close();
    await place.remove();
  }
}

const CANARY = 'signalbox-canary-';

interface Scene {
  readonly fixture: Fixture;
  readonly holder: Holder;
  readonly place: Place;
}

async function probeAll(scene: Scene): Promise<Probe[]> {
  const { fixture, holder, place } = scene;
  // With the workspace's own directory it is removed after a crash too; but there the identity must be able to see it.
  const where = fixture.hidden ? tmpdir() : place.directory;
  const canary = { path: join(where, `${CANARY}${process.pid}-${randomUUID()}`), text: randomUUID() };
  await removeCanaries(where);
  const listener = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  const warm = new WarmShell({ fixture, holder, label: place.id, mounts: [], limits: PROBE_LIMITS, watch: noWatch });
  try {
    await once(listener, 'listening');
    await writeFile(canary.path, canary.text);
    await chmod(canary.path, 0o644);
    const { port } = listener.address() as AddressInfo;
    const fresh = (profile: Profile): Inside => {
      return (command) =>
        runCommand({ fixture, holder, profile, label: place.id, mounts: [], limits: PROBE_LIMITS, command });
    };
    const kinds: readonly (readonly [string, Inside])[] = [
      ['agent', fresh('agent')],
      ['warm', (command) => warm.exec(command)],
      ['set-up', fresh('setup')],
    ];
    const probes = await Promise.all([
      controls(fixture.site, canary.path, port),
      ...kinds.map(async ([kind, inside]) => [
        ...(await lookAround(kind, inside, canary)),
        await network(kind, inside, port),
        ...(await limits(kind, inside)),
      ]),
      filters(scene),
    ]);
    return probes.flat();
  } finally {
    listener.close();
    await warm.close();
    await rm(canary.path, { force: true });
  }
}

/** Of workers that were killed while they looked around. */
async function removeCanaries(where: string): Promise<void> {
  for (const name of (await readdir(where)).filter((file) => file.startsWith(CANARY))) {
    const pid = name.slice(CANARY.length).split('-')[0];
    if (!existsSync(`/proc/${pid}`)) await rm(join(where, name), { force: true });
  }
}

/** What must be open outside, or its being closed inside would prove nothing. */
async function controls(site: Site, canary: string, port: number): Promise<Probe[]> {
  const socket = connect(port, '127.0.0.1');
  const reached = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  const readable = await canRead(site, canary, 'file');
  const remedy = 'let the temporary directory be one that everybody may use, as /tmp is';
  return [
    probe('outside: the host reaches its own port', reached, `port ${port}`, 'let this machine use 127.0.0.1'),
    probe('outside: the identity reads the canary', readable, canary, remedy),
  ];
}

async function filters(scene: Scene): Promise<Probe[]> {
  const { architecture } = scene.fixture.site;
  const run = (profile: Profile, calls: readonly Call[]) =>
    runProgram(scene, profile, withControl(architecture, calls));
  const agent = forbiddenCalls(architecture, false);
  const setup = forbiddenCalls(architecture, true);
  const foreign = foreignCalls(architecture);
  return [
    systemCalls('agent', agent, await run('agent', agent), EPERM),
    systemCalls('agent', agent, await run('marked', agent), MARKED_ERRNO),
    systemCalls('set-up', setup, await run('setup', setup), EPERM),
    ...(await Promise.all(
      foreign.map(async (call) => {
        const { exitCode } = await run('agent', [call]);
        const remedy = 'report this: the filter lets another interface of the kernel through';
        return probe(`sandbox (agent): ${call.name}`, exitCode === KILLED_BY_FILTER, `ended with ${exitCode}`, remedy);
      }),
    )),
  ];
}

async function runProgram(
  { fixture, holder, place }: Scene,
  profile: Profile,
  calls: readonly Call[],
): Promise<ProgramRun> {
  const name = `probe-${randomUUID()}`;
  const file = join(place.directory, name);
  await writeFile(file, probeProgram(fixture.site.architecture, calls), { mode: 0o755 });
  await chmod(file, 0o755);
  const { exitCode, stdout } = await runRaw({
    fixture,
    holder,
    profile,
    label: place.id,
    mounts: [{ from: file, to: '/opt/probe' }],
    limits: PROBE_LIMITS,
    command: { command: ['/opt/probe'], timeoutMs: PROGRAM_MS },
  });
  return { exitCode, stdout: stdout.bytes() };
}
