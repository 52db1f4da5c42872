import { LoopbackServer } from './loopback-server.js';

// PagerDuty's and Opsgenie's answers about who is on call, as their APIs give them: paths, headers, names of fields and
// errors are theirs.

export interface Schedule {
  /** Addresses of whoever is on call now. */
  readonly onCall: readonly string[];
}

export class FakeOnCall {
  readonly pagerdutyKey = 'u+pagerduty-key';
  readonly opsgenieKey = 'opsgenie-key';
  /** By id at PagerDuty, by name at Opsgenie. */
  readonly schedules = new Map<string, Schedule>();
  /** Answered with this status while it is set. */
  down: number | undefined;
  readonly #server = new LoopbackServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const { status, body } = this.#answer(url, request.headers.authorization ?? '', request.headers.accept ?? '');
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

  async start(): Promise<string> {
    return (await this.#server.start()).url;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #answer(url: URL, authorization: string, accept: string): { readonly status: number; readonly body: unknown } {
    if (this.down !== undefined) return { status: this.down, body: { message: 'try again' } };
    if (url.pathname === '/oncalls') return this.#pagerduty(url, authorization, accept);
    const name = /^\/v2\/schedules\/([^/]+)\/on-calls$/.exec(url.pathname)?.[1];
    if (name !== undefined) return this.#opsgenie(decodeURIComponent(name), url, authorization);
    return { status: 404, body: { message: 'Not Found' } };
  }

  #pagerduty(url: URL, authorization: string, accept: string) {
    if (authorization !== `Token token=${this.pagerdutyKey}`) return { status: 401, body: { error: 'Unauthorized' } };
    if (!accept.includes('version=2')) return { status: 406, body: { error: 'Not Acceptable' } };
    const [id = ''] = url.searchParams.getAll('schedule_ids[]');
    const withUsers = url.searchParams.getAll('include[]').includes('users');
    const users = (this.schedules.get(id)?.onCall ?? []).map((email, n) => ({
      ...{ id: `PUSER${n}`, type: withUsers ? 'user' : 'user_reference', summary: email },
      ...(withUsers && { name: email, email }),
    }));
    // One entry for each escalation policy that uses the schedule.
    const oncalls = users.flatMap((user) =>
      ['PPOL1', 'PPOL2'].map((policy) => ({
        ...{ user, schedule: { id, type: 'schedule_reference' }, escalation_level: 1, start: null, end: null },
        escalation_policy: { id: policy, type: 'escalation_policy_reference' },
      })),
    );
    return { status: 200, body: { oncalls, limit: 100, offset: 0, more: false, total: null } };
  }

  #opsgenie(name: string, url: URL, authorization: string) {
    if (authorization !== `GenieKey ${this.opsgenieKey}`) {
      return { status: 403, body: { message: 'Api Key is not valid', took: 0.01, requestId: 'r' } };
    }
    const schedule = this.schedules.get(name);
    if (!schedule || url.searchParams.get('scheduleIdentifierType') !== 'name') {
      return {
        status: 404,
        body: { message: `Schedule does not exist for name [${name}]`, took: 0.01, requestId: 'r' },
      };
    }
    const _parent = { id: 's1', name, enabled: true };
    return { status: 200, body: { data: { _parent, onCallRecipients: schedule.onCall }, took: 0.01, requestId: 'r' } };
  }
}
