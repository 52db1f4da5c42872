import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGithub } from '../../adapters/forge/github.js';
import type { GithubSignInSettings } from '../../adapters/forge/github-auth.js';
import { loadConfig } from '../../temporal.config.js';
import { FakeGithub } from '../fakes/github.js';
import type { GithubState } from '../fakes/github-state.js';
import type { ForgeSide } from './world.js';

const STATES = { approve: 'APPROVED', 'request-changes': 'CHANGES_REQUESTED' } as const;

/** A fake GitHub of its own. `as`: what we sign in with. Stopping it fails when GitHub would not have understood us. */
export async function githubSide(
  as: 'app' | 'token',
  files: Readonly<Record<string, string>>,
): Promise<ForgeSide & { readonly state: GithubState; readonly settings: GithubSignInSettings }> {
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-github-'));
  const github = new FakeGithub({ directory, path: loadConfig().path });
  const { url } = await github.start();
  const { state } = github;
  state.repo.commit('main', files, 'Start');
  const apiUrl = `${url}/api/v3`;
  const own = as === 'app' ? { app: github.app, token: undefined } : { app: undefined, token: github.token };
  const settings = { apiUrl, ...own };
  const host = createGithub(settings);
  const stranger = createGithub({ apiUrl, app: undefined, token: 'f'.repeat(40) });
  if (!host || !stranger) throw new Error('there is something to sign in with');
  return {
    ...{ state, settings },
    host: { github: host },
    strangerHost: { github: stranger },
    entry: { name: 'shop', url: `${url}/acme/shop.git`, defaultBranch: 'main', forge: 'github', project: 'acme/shop' },
    ...{ us: as === 'app' ? 'signalbox[bot]' : 'signalbox-bot', person: 'ada', outsider: 'mallory' },
    push: async (branch, changed) => state.repo.commit(branch, changed, `Edit ${branch}`),
    remark: async (number, body) => {
      state.remarks.push({ id: state.nextId(), number, author: 'ada', body, at: state.now() });
    },
    remarkOnLine: async (number, { path, line, body, commit }) => {
      const at = { path, line, commit };
      state.remarks.push({ id: state.nextId(), number, author: 'ada', body, at: state.now(), line: at });
    },
    review: async (number, verdict, body) => {
      const commit = state.pull(number)?.head ?? '';
      state.reviews.push({
        id: state.nextId(),
        number,
        author: 'ada',
        state: STATES[verdict],
        body,
        commit,
        at: state.now(),
      });
    },
    addLabel: async (number, label) => {
      state.pull(number)?.labels.push(label);
    },
    closePull: async (number) => {
      Object.assign(state.pull(number) ?? {}, { state: 'closed' });
    },
    openPull: async (branch) => {
      const made = state.open({ title: 'Mine', body: '', head: branch, base: 'main', draft: false, author: 'ada' });
      return typeof made === 'string' ? 0 : made.number;
    },
    protect: async (branch, { noPush = false, approvals = 0, checks = [], upToDate = false }) => {
      if (noPush) state.repo.close(branch);
      state.rules.set(branch, { pullsOnly: noPush, approvals, checks, upToDate });
    },
    checks: async (commit) => {
      const shown = new Map(
        state.statuses.filter((one) => one.commit === commit).map((one) => [one.context, one.state]),
      );
      for (const one of state.checks) if (one.commit === commit) shown.set(one.name, one.conclusion ?? one.status);
      return [...shown].map(([name, now]) => `${name}: ${now}`).toSorted();
    },
    stop: async () => {
      await github.close();
      await rm(directory, { recursive: true, force: true });
      if (github.problems.length > 0) throw new Error(`GitHub would not agree:\n${github.problems.join('\n')}`);
    },
  };
}
