// What trackers say when the label was added to their n-th item.

export function linearIssuePayload(n: number, at: number) {
  const label = { id: 'label-signalbox', name: 'signalbox', color: '#888888' };
  const identifier = `ENG-${n}`;
  return {
    ...{ action: 'update', type: 'Issue', createdAt: new Date(at).toISOString(), webhookTimestamp: at },
    actor: { id: 'user-ada', name: 'ada', type: 'user', email: 'ada@example.com' },
    data: {
      ...{ id: `issue-${n}`, identifier, number: n, title: 'Quotes are too high', description: 'word '.repeat(200) },
      url: `https://linear.example/issue/${identifier}`,
      ...{ teamId: 'team', team: { id: 'team', key: 'ENG', name: 'ENG' } },
      ...{ labelIds: [label.id], labels: [label] },
    },
    updatedFrom: { labelIds: [] },
    ...{ organizationId: 'fake-organization', webhookId: 'fake-webhook' },
  };
}

export function jiraIssuePayload(n: number, at: number) {
  return {
    ...{ timestamp: at, webhookEvent: 'jira:issue_updated', issue_event_type_name: 'issue_generic' },
    user: { self: 'https://jira.example/user', accountId: 'account-ada', displayName: 'Ada', active: true },
    issue: {
      ...{ id: String(10_000 + n), key: `SHOP-${n}`, self: `https://jira.example/rest/api/2/issue/${10_000 + n}` },
      fields: {
        ...{ summary: 'Quotes are too high', description: 'word '.repeat(200) },
        ...{ labels: ['billing', 'signalbox'], project: { key: 'SHOP' }, issuetype: { name: 'Bug' } },
      },
    },
    changelog: {
      id: String(n),
      items: [
        {
          field: 'labels',
          fieldtype: 'jira',
          from: null,
          fromString: 'billing',
          to: null,
          toString: 'billing signalbox',
        },
      ],
    },
  };
}

/** Gitea says nearly the same, as GitHub's heir. */
export function githubIssuePayload(n: number, at: number) {
  const label = { id: 7, name: 'signalbox', color: '888888' };
  const ada = { login: 'ada', id: 7, type: 'User' };
  return {
    action: 'labeled',
    issue: {
      ...{ id: n, number: n, title: 'Quotes are too high', body: 'word '.repeat(200), state: 'open' },
      ...{ user: ada, author_association: 'MEMBER', updated_at: new Date(at).toISOString(), labels: [label] },
    },
    label,
    repository: { id: 1, full_name: 'acme/shop', permissions: { admin: false, push: true, pull: true } },
    sender: ada,
  };
}
