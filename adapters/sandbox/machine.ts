import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Fixture } from './fixture.js';
import { Holder } from './holder.js';
import type { Place } from './place.js';
import { SANDBOX_DIR, type Site, type Tool } from './site.js';

// What the machine must offer before there can be any sandbox, each with what to do when it doesn't.

export interface Probe {
  readonly probe: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string;
}

const TOOLS: readonly Tool[] = ['bwrap', 'unshare', 'nsenter', 'mount', 'sh', 'git', 'du', 'sync'];
const run = promisify(execFile);

export function probe(name: string, ok: boolean, detail: string, remedy = ''): Probe {
  return { probe: name, ok, detail, remedy: ok ? '' : remedy };
}

/** Programs that are missing. */
export function missingTools(site: Site): Probe[] {
  return TOOLS.flatMap((tool) => {
    try {
      site.tool(tool);
      return [];
    } catch (error) {
      const [detail = '', remedy = ''] = (error as Error).message.split(': ');
      return [probe(`sandbox: ${tool}`, false, detail, remedy)];
    }
  });
}

const SYSCTLS = [
  { path: 'kernel/unprivileged_userns_clone', off: '0', on: '1' },
  { path: 'user/max_user_namespaces', off: '0', on: '65536' },
  { path: 'kernel/apparmor_restrict_unprivileged_userns', off: '1', on: '0' },
] as const;

/** Whether the sandboxes' identity may make user namespaces, and which setting of the kernel forbids it. */
export async function userNamespaces(site: Site): Promise<Probe> {
  const name = 'sandbox: user namespaces';
  try {
    await run(site.tool('unshare'), ['--user', '--map-root-user', '--mount', '--', 'true'], {
      ...site.spawnOptions,
      cwd: '/',
    });
    return probe(name, true, `user ${site.identity.uid} may make them`);
  } catch (error) {
    const blocked = await Promise.all(
      SYSCTLS.map(async ({ path, off, on }) => {
        const value = await readFile(`/proc/sys/${path}`, 'utf8').catch(() => '');
        return value.trim() === off ? [`sysctl -w ${path.replaceAll('/', '.')}=${on}`] : [];
      }),
    );
    const commands = blocked.flat();
    const remedy =
      commands.length > 0
        ? `run as root: ${commands.join(' && ')} (and keep it in /etc/sysctl.d)`
        : 'in a container, let it make user namespaces: with Docker, --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined';
    return probe(name, false, (error as Error).message.trim(), remedy);
  }
}

/** Mounts an overlay over the fixture's own files; the holder is the scene of all further probes. */
export async function overlay(fixture: Fixture, place: Place): Promise<Holder | Probe> {
  const { site } = fixture;
  try {
    const lower = [`${SANDBOX_DIR}/static`];
    const parts = { lower, upper: place.relative('upper'), work: place.relative('work') };
    return await Holder.open({ ...fixture, label: place.id, overlay: parts });
  } catch (error) {
    const where = site.options.stateDir;
    const remedy = `use Linux 5.11 or newer, and a state directory on ext4, xfs, btrfs or tmpfs: ${where} may be an overlay itself (in a container, mount a volume there)`;
    return probe('sandbox: overlay', false, (error as Error).message, remedy);
  }
}
