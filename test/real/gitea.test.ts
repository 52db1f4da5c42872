import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeGitea } from './describe-gitea.js';
import { RealGitea } from './gitea.js';

// That the forge of the tests is a real one, and what other tests may rely on.

const SECRET = 'of-the-webhook';

interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describeGitea('Gitea for tests', () => {
  let gitea: RealGitea;
  let receiver: Server;
  let url: string;
  const deliveries: Delivery[] = [];

  beforeAll(async () => {
    receiver = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      deliveries.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.end();
      receiver.emit('delivery');
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = receiver.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/webhooks/gitea`;
    gitea = await RealGitea.start();
  });
  afterAll(async () => {
    receiver.close();
    await gitea.stop();
  });

  it('tells a local address of a label on an issue, signed with the secret of the webhook', async () => {
    const ada = await gitea.addUser('ada');
    await gitea.addOrganisation('acme');
    const project = await gitea.addRepo({ owner: 'acme', name: 'shop', files: { 'README.md': 'Shop\n' } });
    await gitea.addTeam({
      ...{ organisation: 'acme', name: 'builders', permission: 'write', members: [ada], repos: ['shop'] },
    });
    await gitea.addWebhook(project, { url, secret: SECRET, events: ['issue_label'] });
    const label = await gitea.addLabel(project, 'signalbox');
    const told = once(receiver, 'delivery');
    const issue = { title: 'Totals are wrong', body: 'Off by one cent' };
    const { number } = await gitea.api<{ number: number }>('POST', `/repos/${project}/issues`, {
      as: ada,
      body: issue,
    });
    await gitea.api('POST', `/repos/${project}/issues/${number}/labels`, { as: ada, body: { labels: [label] } });
    await told;
    const [delivery] = deliveries;
    const signature = createHmac('sha256', SECRET)
      .update(delivery?.body ?? '')
      .digest('hex');
    expect(delivery?.headers).toMatchObject({
      'x-gitea-event': 'issues',
      'x-hub-signature-256': `sha256=${signature}`,
    });
    expect(JSON.parse(delivery?.body ?? '{}')).toMatchObject({
      action: 'label_updated',
      issue: { number, labels: [{ name: 'signalbox' }] },
      repository: { full_name: project },
      sender: { login: 'ada' },
    });
  });

  it('takes pushes of those who may, over HTTP', async () => {
    const bob = await gitea.addUser('bob');
    const project = await gitea.addRepo({ owner: 'bob', name: 'notes', files: { 'a.txt': 'a\n' }, private: true });
    const change = { project, branch: 'fix', files: { 'b.txt': 'b\n' }, message: 'Add b' };
    const commit = await gitea.push({ ...change, as: bob });
    expect(await gitea.api('GET', `/repos/${project}/branches/fix`, { as: bob })).toMatchObject({
      commit: { id: commit },
    });
    const eve = await gitea.addUser('eve');
    await expect(gitea.push({ ...change, as: eve })).rejects.toThrow();
  });
});
