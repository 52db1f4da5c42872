import type { Source } from '../schemas/source.js';

// What has to be done at each source, in the order in which a person does it there.

export interface DoorGuide {
  readonly door: Source;
  /** Where its webhook is set up. */
  readonly where: string;
  /** What it is to tell of. */
  readonly events: string;
  /** Where the secret goes there, or where it is shown. */
  readonly secretGoes: string;
  /** The source makes the secret: one of ours would never fit. */
  readonly secretIsTheirs?: true;
  /** By default `<DOOR>_WEBHOOK_SECRET`. */
  readonly variable?: string;
  /** What the workers sign in with, and what that must be allowed to do. */
  readonly accounts: readonly { readonly variable: string; readonly means: string }[];
}

const TOKEN_HEADER = 'as the header `Authorization: Bearer <secret>`';

export const DOOR_GUIDES: readonly DoorGuide[] = [
  {
    door: 'linear',
    where: 'Settings > API > Webhooks; for agent sessions, the webhook of your OAuth application',
    events: 'Issues, Comments, and Agent session events',
    secretGoes: 'Linear shows it as the signing secret of the webhook',
    secretIsTheirs: true,
    accounts: [
      {
        variable: 'LINEAR_API_KEY',
        means: 'read and write; of an app with app:assignable and app:mentionable for agent sessions',
      },
    ],
  },
  {
    door: 'jira',
    where: 'Settings > System > WebHooks',
    events: 'issue created and updated, comment created',
    secretGoes: 'Secret of the webhook',
    accounts: [
      { variable: 'JIRA_API_TOKEN', means: 'API token of an account that may browse, comment and transition' },
      { variable: 'JIRA_EMAIL', means: 'of that account; leave it out for a personal access token of Data Center' },
      { variable: 'JIRA_BASE_URL', means: 'where Jira is served' },
    ],
  },
  {
    door: 'github',
    where: 'Settings > Webhooks of the repository or organisation, or of the GitHub App; content type application/json',
    events: 'Issues, Issue comments, Pull requests, reviews and their comments, Check runs, Pushes, Statuses',
    secretGoes: 'Secret',
    accounts: [{ variable: 'GITHUB_TOKEN', means: 'contents, issues and pull requests: write' }],
  },
  {
    door: 'gitea',
    where: 'Settings > Webhooks > Gitea',
    events: 'Issues, Issue labels, Issue comments, Pull requests and their reviews and comments, Pushes, Statuses',
    secretGoes: 'Secret',
    accounts: [
      { variable: 'GITEA_TOKEN', means: 'write:repository and write:issue' },
      { variable: 'GITEA_URL', means: 'where people see it' },
    ],
  },
  {
    door: 'slack',
    where: 'api.slack.com/apps > your app, from the manifest in docs/slack.md; then /invite it into each channel',
    events: 'as the manifest has them; the address goes into three places of it',
    secretGoes: 'Slack shows it as the signing secret under Basic Information; Socket Mode needs none',
    secretIsTheirs: true,
    variable: 'SLACK_SIGNING_SECRET',
    accounts: [
      { variable: 'SLACK_BOT_TOKEN', means: 'xoxb-…, of OAuth & Permissions; the gateway needs it too' },
      { variable: 'SLACK_APP_TOKEN', means: 'xapp-… with connections:write; only for Socket Mode, for the gateway' },
    ],
  },
  ...(
    [
      ['alertmanager', 'receivers[].webhook_configs[] in alertmanager.yml', 'http_config.authorization.credentials'],
      ['grafana', 'Alerting > Contact points > Webhook', 'HMAC signature secret, or the authorization header'],
      ['pagerduty', 'Integrations > Generic Webhooks (v3)', 'PagerDuty shows it once, when the webhook is made'],
      ['sentry', 'Settings > Developer settings > internal integration', 'Sentry shows it as its client secret'],
      ['datadog', 'Integrations > Webhooks, with the payload of docs/doors.md', TOKEN_HEADER],
      ['opsgenie', 'Settings > Integrations > Webhook', TOKEN_HEADER],
      ['webhook', 'the sender that `doors.webhooks` describes', 'as `verify` of that sender says'],
    ] as const
  ).map(([door, where, secretGoes]) => ({
    door,
    where,
    events: 'what is to become a signal',
    secretGoes,
    ...((door === 'pagerduty' || door === 'sentry') && { secretIsTheirs: true as const }),
    accounts: [],
  })),
];
