import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Depot, Forge } from '../../activities/ports.js';
import type { Metrics } from '../../activities/ports-metrics.js';
import type { EvidenceSource, PatchOf } from '../../activities/ports-triage.js';

// What may tell what happened: changes of the code, figures of the service, where its logs are.

const run = promisify(execFile);
/** A change that is older is seldom the cause of what begins now. */
const HOURS = 48;
const CHANGES = 8;

/** What was merged shortly before, the newest first. */
export function changesBefore(
  depot: Pick<Depot, 'fetch' | 'directory'>,
  forge: Pick<Forge, 'location'>,
): EvidenceSource {
  return {
    name: 'the history of the repository',
    async gather({ terms: { repo }, since }, signal) {
      if (repo === undefined) return [];
      const location = forge.location(repo);
      const { commit } = await depot.fetch(location, location.defaultBranch);
      const from = new Date(Date.parse(since) - HOURS * 3_600_000).toISOString();
      const range = [`--since=${from}`, `--until=${since}`, `--max-count=${CHANGES}`, '--first-parent'];
      const { stdout } = await run('git', ['log', '--format=%h%x09%cI%x09%an%x09%s', ...range, commit, '--'], {
        ...{ cwd: depot.directory(repo), signal, maxBuffer: 1_000_000 },
      });
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const [hash = '', at = '', who = '', ...subject] = line.split('\t');
          return { kind: 'change', text: `${hash} by ${who} at ${at}: ${subject.join(' ').slice(0, 200)}` } as const;
        });
    },
  };
}

/** Of a change that `changesBefore` has named. */
export function patchesIn(depot: Pick<Depot, 'directory'>): PatchOf {
  return async (repo, hash, signal) => {
    const { stdout } = await run(
      'git',
      ['show', '--first-parent', '--format=%s%n', '--patch', '--end-of-options', hash],
      {
        ...{ cwd: depot.directory(repo), signal, maxBuffer: 4_000_000 },
      },
    );
    return stdout;
  };
}

/** How the service is now, by the queries of the catalogue. */
export function figuresNow(metrics: Metrics): EvidenceSource {
  return {
    name: 'the source of metrics',
    async gather({ service }, signal) {
      const asked = Object.entries(service?.queries ?? {}).map(async ([name, query]) => {
        const value = await metrics.value(query, signal);
        return { kind: 'metric', text: `${name}: ${value ?? 'no value'} (${query})` } as const;
      });
      return Promise.all(asked);
    },
  };
}

/** Where people look further. */
export const logsLink: EvidenceSource = {
  name: 'the catalogue',
  async gather({ service, alert }) {
    return [
      ...(service?.logs === undefined ? [] : [{ kind: 'logs' as const, text: 'its logs', url: service.logs }]),
      ...(alert.url === undefined ? [] : [{ kind: 'logs' as const, text: 'the alert at its monitor', url: alert.url }]),
    ];
  },
};
