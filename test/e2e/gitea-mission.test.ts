import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createIssueTracker } from '../../adapters/tracker/issues.js';
import { workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { type MissionStatus, missionStatus } from '../../workflows/messages.js';
import { eventually } from '../eventually.js';
import { describeGitea } from '../real/describe-gitea.js';
import { type GiteaUser, RealGitea } from '../real/gitea.js';
import { fileTicket, readTicket, type Stack, startStack } from '../stack.js';

const MINUTES = 60_000;

// One mission on a real Gitea, from the ticket to the merged pull request, with a person on the way.

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly merged: boolean;
  readonly merge_commit_sha: string | null;
  readonly labels: readonly { readonly name: string }[];
  readonly head: { readonly sha: string };
}

describeGitea('a mission whose repo is at Gitea', () => {
  let directory: string;
  let gitea: RealGitea;
  let stack: Stack;
  let ada: GiteaUser;
  let us: GiteaUser;
  let at: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signalbox-gitea-mission-'));
    gitea = await RealGitea.start();
    us = await gitea.addUser('signalbox');
    ada = await gitea.addUser('ada');
    await gitea.addOrganisation('acme');
    const project = await gitea.addRepo({ owner: 'acme', name: 'parcels', files: { 'README.md': 'Parcels\n' } });
    at = `/repos/${project}`;
    await gitea.addTeam({
      ...{ organisation: 'acme', name: 'builders', permission: 'write', members: [us, ada], repos: ['parcels'] },
    });
    const settings = { allow_manual_merge: true, autodetect_manual_merge: true, allow_fast_forward_only_merge: true };
    await gitea.api('PATCH', at, { body: { has_pull_requests: true, ...settings } });
    const secret = randomBytes(16).toString('hex');
    stack = await startStack({
      ...{ directory, memory: true },
      configuration: {
        repos: [{ name: 'parcels', forge: 'gitea', project, match: [{ team: 'PAR' }] }],
        forges: { gitea: { url: gitea.url } },
        doors: { own: { gitea: [us.name] } },
      },
      env: { GITEA_TOKEN: us.token, GITEA_WEBHOOK_SECRET: secret },
    });
    const url = new URL(gitea.url);
    stack.repo.git('push', '--force', `http://${ada.name}:${ada.token}@${url.host}/${project}.git`, 'main');
    const events = [
      'issues',
      'issue_label',
      'push',
      'pull_request',
      'pull_request_comment',
      'pull_request_review',
      'issue_comment',
    ];
    await gitea.addWebhook(project, { url: `${stack.gatewayUrl}/webhooks/gitea`, secret, events });
    // What the mission may push it may merge; people have to approve.
    const rule = { rule_name: 'main', enable_push: true, required_approvals: 1 };
    await gitea.api('POST', `${at}/branch_protections`, { body: rule });
    await stack.startWorker('one');
  }, 10 * MINUTES);
  afterAll(async () => {
    await stack?.close();
    await gitea?.stop();
    await rm(directory, { recursive: true, force: true });
  }, MINUTES);

  it(
    'comes from an issue there: it asks for what is missing, begins with the answer, and is stopped; with its pictures',
    async () => {
      const label = await gitea.addLabel('acme/parcels', 'signalbox');
      const { number } = await gitea.api<{ number: number }>('POST', `${at}/issues`, {
        ...{ as: ada, body: { title: 'Totals are wrong', body: 'Totals.' } },
      });
      const drawn = new FormData();
      const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
      drawn.append('attachment', new Blob([png], { type: 'image/png' }), 'sketch.png');
      const uploaded = await fetch(`${gitea.url}/api/v1${at}/issues/${number}/assets`, {
        ...{ method: 'POST', headers: { authorization: `token ${ada.token}` }, body: drawn },
      });
      expect(uploaded.status).toBe(201);
      const issue = `${at}/issues/${number}`;
      await gitea.api('POST', `${issue}/labels`, { as: ada, body: { labels: [label] } });
      const said = async () => {
        const comments = await gitea.api<{ body: string; user: { login: string } }[]>('GET', `${issue}/comments`);
        return comments.filter(({ user }) => user.login === 'signalbox').map(({ body }) => body);
      };
      const labels = async () =>
        (await gitea.api<{ name: string }[]>('GET', `${issue}/labels`)).map(({ name }) => name).toSorted();
      const [asked] = await eventually(said, ({ length }) => length === 1);
      expect(asked).toContain('something is missing here');

      const text = 'The total is 12.30 and should be 12.31.\n\n## Acceptance\n- the total is 12.31';
      await gitea.api('POST', `${issue}/comments`, { as: ada, body: { body: text } });
      await eventually(labels, (now) => now.includes('signalbox: working'));
      const key = `acme.parcels-${number}`;
      const mission = stack.client.workflow.getHandle<() => Promise<Outcome>>(workflowId.mission(key));
      await mission.executeUpdate('cancelMission', { args: [{ by: { id: 'ada' }, text: '' }] });
      expect(await mission.result()).toMatchObject({ result: 'cancelled' });
      expect(await labels()).toEqual(['signalbox']);
      expect((await said()).at(-1)).toContain('**Cancelled.**');

      const kept: string[] = [];
      const tracker = createIssueTracker({
        ...{ flavour: 'gitea', apiUrl: `${gitea.url}/api/v1`, token: us.token },
        projects: new Map([['acme/parcels', 'parcels']]),
        keep: async (content, mediaType) => {
          kept.push(content.toString('hex'));
          return { sha256: 'a'.repeat(64), bytes: content.length, mediaType };
        },
      });
      const { attachments } = (await tracker.item(key)) ?? {};
      expect(attachments).toMatchObject([{ name: 'sketch.png', blob: { mediaType: 'image/png' } }]);
      expect(kept).toEqual([png.toString('hex')]);
    },
    4 * MINUTES,
  );

  it(
    'is a draft that tells its story; a person is answered, asks for changes, pushes, approves, and it is merged',
    async () => {
      const ticket = readTicket('parcels-faults');
      fileTicket(stack.linear, ticket);
      const webhook = stack.linear.addLabel(ticket.identifier, 'signalbox');
      await stack.linear.deliver(webhook, `${stack.gatewayUrl}/webhooks/linear`);
      const mission = stack.client.workflow.getHandle<() => Promise<Outcome>>(workflowId.mission(ticket.identifier));
      const held = await eventually(
        () => mission.query<MissionStatus, []>(missionStatus),
        ({ stage, waitingOn, outcome }) => (stage === 'people' && waitingOn !== undefined) || outcome !== undefined,
      );
      expect(held.waitingOn?.who).toBe('reviewers');

      const pulls = await gitea.api<Pull[]>('GET', `${at}/pulls?state=all`);
      expect(pulls).toHaveLength(1);
      const [{ number, body, head }] = pulls as [Pull];
      for (const part of ['## Goal', '## Plan, version 1', '## Proof', '## Reviews', '## Risk and cost']) {
        expect(body).toContain(part);
      }
      const { statuses } = await gitea.api<{ statuses: { context: string; status: string; target_url: string }[] }>(
        ...(['GET', `${at}/commits/${head.sha}/status`] as const),
      );
      const states = Object.fromEntries(statuses.map(({ context, status }) => [context, status]));
      expect(states['signalbox/service-tests']).toBe('success');
      expect(states['signalbox/approval']).not.toBe('success');
      expect(states['signalbox/people']).not.toBe('success');
      expect(statuses[0]?.target_url).toContain(encodeURIComponent(mission.workflowId));

      const comments = () =>
        gitea.api<{ body: string; user: { login: string } }[]>('GET', `${at}/issues/${number}/comments`);
      await gitea.api('POST', `${at}/issues/${number}/comments`, { as: ada, body: { body: 'Why this rounding?' } });
      const answered = await eventually(comments, (all) => all.length > 1);
      expect(answered[1]).toMatchObject({ user: { login: 'signalbox' } });
      expect(answered[1]?.body).toContain('No model is configured here');

      const pushed = await gitea.push({
        ...{ project: 'acme/parcels', branch: `signalbox/${ticket.identifier}`, as: ada },
        ...{ files: { 'NOTES.md': 'Read by Ada\n' }, message: 'Notes' },
      });
      await gitea.api('POST', `${at}/pulls/${number}/reviews`, { as: ada, body: { event: 'APPROVED', body: '' } });
      const outcome = await mission.result();
      expect(outcome.result).toBe('shipped');
      expect(outcome.because).toContain('is merged into main');

      const merged = await eventually(
        () => gitea.api<Pull>('GET', `${at}/pulls/${number}`),
        (pull) => pull.merged,
      );
      expect(merged.merge_commit_sha).toBe(outcome.mergeCommit);
      expect(merged.title).not.toMatch(/^WIP/);
      expect(merged.body).toContain('**shipped**');
      expect(merged.labels.map(({ name }) => name)).toContain('signalbox');
      const log = await gitea.api<{ sha: string }[]>('GET', `${at}/commits?sha=main&limit=50`);
      expect(log.map(({ sha }) => sha)).toContain(pushed);
      expect((await comments()).filter(({ user }) => user.login === 'signalbox')).toHaveLength(1);
      const told = stack.linear.workspace.issue(ticket.identifier).comments.map((comment) => comment.body);
      expect(told.filter((one) => one.includes(`/pulls/${number}`) && one.includes('Opened'))).toHaveLength(1);
    },
    9 * MINUTES,
  );
});
