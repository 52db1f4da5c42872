import { createGitea } from '../../adapters/forge/gitea.js';
import type { RealGitea } from '../real/gitea.js';
import type { ForgeSide } from './world.js';

const REVIEWS = { approve: 'APPROVED', 'request-changes': 'REQUEST_CHANGES' } as const;

let made = 0;

/** One more repo of a Gitea that runs; it is not stopped with it. */
export async function giteaSide(gitea: RealGitea, files: Readonly<Record<string, string>>): Promise<ForgeSide> {
  const n = ++made;
  const us = await gitea.addUser(`signalbox-${n}`);
  const ada = await gitea.addUser(`ada-${n}`);
  const mallory = await gitea.addUser(`mallory-${n}`);
  const owner = `acme-${n}`;
  await gitea.addOrganisation(owner);
  const project = await gitea.addRepo({ owner, name: 'shop', files, private: true });
  await gitea.addTeam({
    ...{ organisation: owner, name: 'builders', permission: 'write', members: [us, ada], repos: ['shop'] },
  });
  await gitea.addCollaborator(project, mallory, 'read');
  // As docs/forges.md asks for: Gitea finds out by itself what was merged by a push.
  const settings = { allow_manual_merge: true, autodetect_manual_merge: true, allow_fast_forward_only_merge: true };
  await gitea.api('PATCH', `/repos/${project}`, { body: { has_pull_requests: true, ...settings } });
  const at = `/repos/${project}`;
  return {
    host: { gitea: createGitea({ url: gitea.url, token: us.token }) },
    strangerHost: { gitea: createGitea({ url: gitea.url, token: 'f'.repeat(40) }) },
    entry: { name: 'shop', url: `${gitea.url}/${project}.git`, defaultBranch: 'main', forge: 'gitea', project },
    ...{ us: us.name, person: ada.name, outsider: mallory.name },
    push: (branch, changed) => gitea.push({ project, branch, files: changed, message: `Edit ${branch}`, as: ada }),
    remark: async (number, body) => {
      await gitea.api('POST', `${at}/issues/${number}/comments`, { as: ada, body: { body } });
    },
    remarkOnLine: async (number, { path, line, body, commit }) => {
      const comments = [{ path, body, new_position: line }];
      const review = { event: 'COMMENT', body: '', commit_id: commit, comments };
      await gitea.api('POST', `${at}/pulls/${number}/reviews`, { as: ada, body: review });
    },
    review: async (number, verdict, body) => {
      await gitea.api('POST', `${at}/pulls/${number}/reviews`, { as: ada, body: { event: REVIEWS[verdict], body } });
    },
    addLabel: async (number, label) => {
      const id = await gitea.addLabel(project, label);
      await gitea.api('POST', `${at}/issues/${number}/labels`, { as: ada, body: { labels: [id] } });
    },
    closePull: async (number) => {
      await gitea.api('PATCH', `${at}/pulls/${number}`, { as: ada, body: { state: 'closed' } });
    },
    openPull: async (branch) => {
      const pull = { head: branch, base: 'main', title: 'Mine' };
      return (await gitea.api<{ number: number }>('POST', `${at}/pulls`, { as: ada, body: pull })).number;
    },
    protect: async (branch, { noPush = false, approvals = 0, checks = [], upToDate = false }) => {
      const rule = {
        rule_name: branch,
        enable_push: !noPush,
        required_approvals: approvals,
        enable_status_check: checks.length > 0,
        status_check_contexts: checks,
        block_on_outdated_branch: upToDate,
      };
      await gitea.api('POST', `${at}/branch_protections`, { body: rule });
      // What is left is a merge of whatever is in the base by then.
      if (!upToDate) await gitea.api('PATCH', at, { body: { allow_fast_forward_only_merge: false } });
    },
    checks: async (commit) => {
      const { statuses } = await gitea.api<{ statuses: { context: string; status: string }[] }>(
        'GET',
        `${at}/commits/${commit}/status`,
      );
      return statuses.map(({ context, status }) => `${context}: ${status}`).toSorted();
    },
    stop: async () => undefined,
  };
}
