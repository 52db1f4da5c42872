import { z } from 'zod';
import type { Check, EffectProvider } from '../../activities/ports-effects.js';
import type { CheckState } from '../../schemas/pull-request.js';
import { type Ask, REPO } from './ask.js';
import { cut } from './marks.js';
import type { Project } from './wire.js';

// Check runs: what GitHub shows of a gate to those who are Apps, with a text, a link and buttons.

const STATES: Readonly<Record<CheckState, { readonly status: string; readonly conclusion?: string }>> = {
  pending: { status: 'queued' },
  running: { status: 'in_progress' },
  passed: { status: 'completed', conclusion: 'success' },
  failed: { status: 'completed', conclusion: 'failure' },
  'waiting-for-person': { status: 'completed', conclusion: 'action_required' },
  cancelled: { status: 'completed', conclusion: 'cancelled' },
};

const CheckRun = z.object({ id: z.number(), external_id: z.string().nullable() });
const CheckRuns = z.object({ check_runs: z.array(CheckRun) });

/** What GitHub takes. */
const ACTIONS = 3;
const TITLE_CHARS = 255;

/** A run says itself which state of which mission it shows: `mission/ENG-101#3`. */
export function checkRunsOn(
  ask: Ask,
  requestMs: number,
): (project: (repo: string) => Project) => EffectProvider<Check> {
  return (project) => {
    const idOf = ({ mission, version }: Check) => `${mission}#${version}`;

    /** Our newest run of this name on this commit. */
    async function find(check: Check, signal: AbortSignal) {
      const { commit, name, mission } = check;
      const parameters = { ...project(check.repo), commit, check_name: name, filter: 'latest', per_page: 100 };
      const route = `GET ${REPO}/commits/{commit}/check-runs`;
      const { check_runs: runs } = await ask({
        what: `the checks of ${commit}`,
        route,
        parameters,
        answer: CheckRuns,
        signal,
      });
      return runs
        .filter((run) => run.external_id?.startsWith(`${mission}#`))
        .map(({ id, external_id }) => ({ id, version: Number(external_id?.slice(mission.length + 1)) }))
        .toSorted((one, other) => other.version - one.version)[0];
    }

    return {
      // Ours is looked for, and it is written.
      actMs: 2 * requestMs,
      fenced: false,
      async look(check, { signal }) {
        const run = await find(check, signal);
        return run && run.version >= check.version ? { trace: String(run.id) } : { absent: true };
      },
      async act(check, { signal }) {
        const { repo, commit, name, state, title, summary, detailsUrl, actions } = check;
        const run = await find(check, signal);
        if (run && run.version >= check.version) return { trace: String(run.id), already: true };
        const parameters = {
          ...{ ...project(repo), name, ...STATES[state], external_id: idOf(check) },
          output: { title: title.slice(0, TITLE_CHARS), summary: cut(summary) },
          actions: actions
            .slice(0, ACTIONS)
            .map(({ id, label, description }) => ({ identifier: id, label, description })),
          ...(detailsUrl !== null && { details_url: detailsUrl }),
        };
        const what = `the check ${name} of ${commit}`;
        const written = run
          ? { route: `PATCH ${REPO}/check-runs/{check_run_id}`, parameters: { ...parameters, check_run_id: run.id } }
          : { route: `POST ${REPO}/check-runs`, parameters: { ...parameters, head_sha: commit } };
        const { id } = await ask({ what, ...written, answer: z.object({ id: z.number() }), signal });
        return { trace: String(id), already: false };
      },
    };
  };
}
