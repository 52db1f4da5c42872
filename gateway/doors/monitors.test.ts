import { describe, expect, it } from '@jest/globals';
import {
  alertGroupPayload,
  datadogPayload,
  opsgeniePayload,
  pagerdutyPayload,
  sentryPayload,
} from '../../test/fakes/webhooks/monitors.js';
import { SENDERS } from '../../test/fakes/webhooks/senders.js';
import { testDoor } from '../testing.js';
import { alertmanagerDoor } from './alertmanager.js';
import { datadogDoor } from './datadog.js';
import type { Door } from './door.js';
import { grafanaDoor } from './grafana.js';
import { opsgenieDoor } from './opsgenie.js';
import { pagerdutyDoor } from './pagerduty.js';
import { sentryDoor } from './sentry.js';

// What each monitor says, and what becomes of it. That only the monitor can say it: doors.test.ts.

const SECRET = 'whsec';
const AT = Date.now();

function at(door: Door) {
  const { send, ...rest } = testDoor(door);
  const sender = SENDERS.find((one) => one.door === door.name);
  const say = (payload: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const body = JSON.stringify(payload);
    const sent = sender?.sign(body, { secret: SECRET, at: Date.now(), delivery: 'd-1' }) ?? { body, headers: {} };
    return send({ ...sent, headers: { ...sent.headers, ...headers } });
  };
  return { ...rest, send, say };
}

describe('Alertmanager', () => {
  const group = (change: Partial<Parameters<typeof alertGroupPayload>[0]> = {}) =>
    alertGroupPayload({ version: '4', numbers: [1, 2, 3], at: AT, ...change });
  const door = () => at(alertmanagerDoor({ secrets: [SECRET] }));

  it('makes a signal of each alert of a group', async () => {
    const { say, signals } = door();
    await say(group({ truncated: 7 }));
    expect(new Set(signals.map(({ subject }) => subject)).size).toBe(3);
    const startsAt = new Date(Math.floor(AT / 3_600_000) * 3_600_000).toISOString();
    expect(signals[0]).toMatchObject({
      type: 'alert.fired',
      time: startsAt,
      data: {
        title: 'ErrorRate',
        alert: {
          ...{ fingerprint: '0000000000000001', group: '{}:{service="shop"}', name: 'ErrorRate', status: 'firing' },
          ...{ severity: 'urgent', summary: '5 % of requests fail at shop-1', startsAt, truncated: 7 },
          labels: { service: 'shop', instance: 'shop-1' },
          url: 'http://monitor.example/graph',
        },
      },
    });
  });

  it('says the same thing twice under the same id, although the rest of the group has changed', async () => {
    const { say, signals } = door();
    await say(group({ numbers: [1] }));
    await say(group({ numbers: [1, 2] }));
    expect(signals[1]?.id).toBe(signals[0]?.id);
    expect(signals[1]?.bodyhash).not.toBe(signals[0]?.bodyhash);
  });

  it('says with another id that the same alert is over, or has fired again', async () => {
    const { say, signals } = door();
    await say(group({ numbers: [1] }));
    await say(group({ numbers: [1], status: 'resolved' }));
    await say(group({ numbers: [1], at: AT + 7_200_000 }));
    expect(signals.map(({ type }) => type)).toEqual(['alert.fired', 'alert.resolved', 'alert.fired']);
    expect(new Set(signals.map(({ subject }) => subject)).size).toBe(1);
    expect(new Set(signals.map(({ id }) => id)).size).toBe(3);
  });

  it('may show the secret as a password too', async () => {
    const { send, signals } = door();
    const basic = `Basic ${Buffer.from(`signalbox:${SECRET}`).toString('base64')}`;
    await send({ headers: { authorization: basic }, body: JSON.stringify(group({ numbers: [1] })) });
    expect(signals).toHaveLength(1);
  });

  it('is not understood in another version, and says nothing with an empty group', async () => {
    const { say, kept, signals } = door();
    await say({ ...group(), version: '5' });
    expect(kept[0]?.reason).toContain('version 4');
    expect((await say({ ...group(), alerts: [] })).answer.ignored).toContain('no alerts');
    expect(signals).toEqual([]);
  });

  it('may be long and strange: texts are cut, and a label may be called anything', async () => {
    const { say, signals } = door();
    const [alert] = group().alerts;
    const labels = { ...alert?.labels, long: 'x'.repeat(5_000), ...Object.fromEntries(many(200)) };
    const annotations = { summary: `${'word '.repeat(2_000)}`, description: 'd'.repeat(50_000) };
    const text = JSON.stringify({ ...group(), alerts: [{ ...alert, labels, annotations }] });
    const withProto = text.replace('"long"', '"__proto__":"x","constructor":"y","long"');
    await say(JSON.parse(withProto));
    const { labels: kept = {}, summary = '' } = signals[0]?.data.alert ?? {};
    expect(Object.keys(kept).length).toBeLessThanOrEqual(64);
    expect([kept.long?.length, summary.length]).toEqual([1_000, 2_000]);
  });

  function many(count: number): [string, string][] {
    return Array.from({ length: count }, (_none, n) => [`label${n}`, String(n)]);
  }
});

describe('Grafana', () => {
  it('is understood as the monitor that it comes from', async () => {
    const { say, signals } = at(grafanaDoor({ secrets: [SECRET] }));
    await say(alertGroupPayload({ version: '1', numbers: [1, 2], at: AT }));
    expect(signals.map(({ source, type }) => [source, type])).toEqual([
      ['grafana', 'alert.fired'],
      ['grafana', 'alert.fired'],
    ]);
  });

  it.each([
    ['without the time that it signs', { 'x-grafana-alerting-timestamp': '' }],
    ['with another time than it signed', { 'x-grafana-alerting-timestamp': '1700000000' }],
    ['with a time in words', { 'x-grafana-alerting-timestamp': 'now' }],
  ])('is refused %s', async (_how, headers) => {
    const { say, signals } = at(grafanaDoor({ secrets: [SECRET] }));
    expect((await say(alertGroupPayload({ version: '1', numbers: [1], at: AT }), headers)).status).toBe(401);
    expect(signals).toEqual([]);
  });
});

describe('PagerDuty', () => {
  const door = () => at(pagerdutyDoor({ secrets: [SECRET] }));
  const { event } = pagerdutyPayload(1, AT);
  const of = (event_type: string, change: object = {}) => ({ event: { ...event, event_type, ...change } });

  it('tells that an incident began, came back or is over; its key says that it is the same fault', async () => {
    const { say, signals } = door();
    await say(of('incident.triggered'));
    await say(of('incident.resolved', { id: 'e2' }));
    await say(of('incident.reopened', { id: 'e3' }));
    await say(of('incident.triggered', { id: 'e4', data: { ...event.data, id: 'PANOTHER' } }));
    expect(signals.map(({ type }) => type)).toEqual(['alert.fired', 'alert.resolved', 'alert.fired', 'alert.fired']);
    expect(new Set(signals.map(({ subject }) => subject)).size).toBe(1);
    expect(signals[0]).toMatchObject({
      id: '01EVENT1',
      data: { actor: { id: 'PADA', name: 'Ada' }, alert: { severity: 'urgent', labels: { service: 'Shop' } } },
    });
  });

  it('says nothing to us with what else it documents, and something odd with the rest', async () => {
    const { say, signals, kept } = door();
    for (const type of ['incident.acknowledged', 'incident.annotated', 'service.updated', 'pagey.ping']) {
      expect((await say(of(type, { data: {} }))).answer.ignored).toContain(type);
    }
    await say(of('incident.celebrated'));
    await say(of('incident.triggered', { data: { title: 'no id' } }));
    expect(kept.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('does not document the event incident.celebrated'),
      expect.stringContaining('id: Invalid input'),
    ]);
    expect(signals).toEqual([]);
  });
});

describe('Sentry', () => {
  const door = () => at(sentryDoor({ secrets: [SECRET] }));
  const issue = sentryPayload(1, AT);
  const as = (resource: string) => ({ 'sentry-hook-resource': resource });

  it('tells of an issue by itself or by a rule, and of a metric; the same issue is the same fault', async () => {
    const { say, signals } = door();
    await say(issue);
    await say({ ...issue, action: 'resolved' });
    const seen = {
      issue_id: issue.data.issue.id,
      title: 'TypeError',
      level: 'fatal',
      datetime: '2026-01-01T00:00:00Z',
    };
    await say({ action: 'triggered', data: { event: seen, triggered_rule: 'Too many' } }, as('event_alert'));
    const metric_alert = { title: 'p99', alert_rule: { id: 7, name: 'p99 of the shop' } };
    await say({ action: 'critical', data: { metric_alert } }, as('metric_alert'));
    expect(signals.map(({ type, data }) => [type, data.alert?.severity])).toEqual([
      ['alert.fired', 'high'],
      ['alert.resolved', 'high'],
      ['alert.fired', 'urgent'],
      ['alert.fired', 'urgent'],
    ]);
    expect(new Set(signals.slice(0, 3).map(({ subject }) => subject)).size).toBe(1);
    expect(signals[3]?.subject).not.toBe(signals[0]?.subject);
  });

  it('says nothing to us with what else it documents, and something odd with the rest', async () => {
    const { say, signals, kept } = door();
    expect((await say({ ...issue, action: 'assigned' })).answer.ignored).toBe('issue.assigned starts nothing');
    expect((await say({ action: 'created', data: {} }, as('installation'))).answer.ignored).toContain('installation');
    await say({ ...issue, action: 'praised' });
    await say(issue, as('weather'));
    await say({ action: 'created', data: {} });
    expect(kept.map(({ reason }) => reason)).toEqual([
      'Sentry does not document issue.praised',
      'Sentry does not document the resource weather',
      expect.stringContaining('issue: Invalid input'),
    ]);
    expect(signals).toEqual([]);
  });
});

describe('Datadog', () => {
  const door = () => at(datadogDoor({ secrets: [SECRET] }));

  it('tells what its template says', async () => {
    const { say, signals } = door();
    await say(datadogPayload(1, AT));
    await say({ ...datadogPayload(1, AT), id: '2', alert_transition: 'Recovered' });
    expect(signals.map(({ type }) => type)).toEqual(['alert.fired', 'alert.resolved']);
    for (const [n, alert_transition] of ['No Data', 'Warn', 'No Data Recovered', 'Warn Recovered'].entries()) {
      await say({ ...datadogPayload(1, AT), id: `more ${n}`, alert_transition });
    }
    expect(signals.slice(2).map(({ type }) => type)).toEqual([
      ...['alert.fired', 'alert.fired', 'alert.resolved', 'alert.resolved'],
    ]);
    expect(signals[0]).toMatchObject({
      id: '4000000000001',
      time: new Date(AT).toISOString(),
      data: { alert: { severity: 'high', labels: { env: 'prod', service: 'shop', team: 'shop' } } },
    });
    expect(signals[1]?.subject).toBe(signals[0]?.subject);
  });

  it('is not understood with its own default template, or with a transition that it does not document', async () => {
    const { say, signals, kept } = door();
    await say({ id: '1', title: 'x', body: 'y', last_updated: '1', event_type: 'query_alert_monitor', date: '1' });
    await say({ ...datadogPayload(1, AT), alert_transition: '$ALERT_TRANSITION' });
    expect(kept.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('alert_transition'),
      expect.stringContaining('does not document the transition'),
    ]);
    expect(signals).toEqual([]);
  });
});

describe('Opsgenie', () => {
  const door = () => at(opsgenieDoor({ secrets: [SECRET] }));
  const created = opsgeniePayload(1, AT);

  it('tells that an alert was made or closed', async () => {
    const { say, signals } = door();
    await say(created);
    await say({ ...created, action: 'Close' });
    expect(signals.map(({ type }) => type)).toEqual(['alert.fired', 'alert.resolved']);
    expect(signals[0]).toMatchObject({
      data: { alert: { severity: 'urgent', labels: { service: 'shop', entity: 'shop-db', host: 'db-1' } } },
    });
    expect(signals[1]?.subject).toBe(signals[0]?.subject);
  });

  it('says by its alias that an alert is about the same fault as an earlier one', async () => {
    const { say, signals } = door();
    await say(created);
    await say({ ...created, alert: { ...created.alert, alertId: 'made-anew' } });
    await say({ ...created, alert: { ...created.alert, alias: null } });
    const [first, again, without] = signals.map(({ subject }) => subject);
    expect(again).toBe(first);
    expect(without).not.toBe(first);
  });

  it('says nothing to us with what else it documents, and something odd with the rest', async () => {
    const { say, signals, kept } = door();
    expect((await say({ ...created, action: 'Acknowledge' })).answer.ignored).toBe('Acknowledge starts nothing');
    await say({ ...created, action: 'Make coffee' });
    expect(kept[0]?.reason).toContain('does not document the action Make coffee');
    expect(signals).toEqual([]);
  });
});
