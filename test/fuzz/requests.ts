import fc from 'fast-check';
import { type Knock, SENDERS, type VendorSender } from '../fakes/webhooks/senders.js';

// What anybody might send to a door: proven and whole, proven and strange, too old, too early, or forged.

export const SECRET = 'whsec_of_the_right_sender';

export type Kind = 'whole' | 'odd' | 'stale' | 'forged';

export interface FuzzRequest {
  readonly sender: VendorSender;
  readonly kind: Kind;
  /** What was done to it, for a failure's report. */
  readonly how: string;
  readonly knock: Knock;
}

const YEARS_MS = 10 * 365 * 24 * 3_600_000;
const number = fc.integer({ min: 1, max: 1_000_000 });
const delivery = fc.uuid();
const anySender = fc.constantFrom(...SENDERS);
const timedSender = fc.constantFrom(...SENDERS.filter(({ window }) => window !== undefined));
const signingSender = fc.constantFrom(
  ...SENDERS.filter(({ door }) => !['alertmanager', 'datadog', 'opsgenie'].includes(door)),
);

const whole = fc.record({ sender: anySender, n: number, delivery }).map(({ sender, n, delivery }): FuzzRequest => {
  const at = Date.now();
  return { sender, kind: 'whole', how: 'as it is', knock: sender.sign(sender.body(n, at), how(at, delivery)) };
});

const stale = fc
  .record({
    sender: timedSender,
    n: number,
    delivery,
    by: fc.integer({ min: 2_000, max: YEARS_MS }),
    old: fc.boolean(),
  })
  .map(({ sender, n, delivery, by, old }): FuzzRequest => {
    const { past = 0, future = 0 } = sender.window ?? {};
    const at = Date.now() + (old ? -past - by : future + by);
    const knock = sender.sign(sender.body(n, at), how(at, delivery));
    return { sender, kind: 'stale', how: `${old ? 'old' : 'early'} by ${by} ms`, knock };
  });

function how(at: number, id: string, secret = SECRET) {
  return { secret, at, delivery: id };
}

/** Values that stand where another one is expected. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0, 1e308, '', '1', '\ud800', '\u0000', '__proto__', 'constructor', [], {}, [
    [],
  ]),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: 1, max: 50_000 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 1, max: 2_000 }).map((depth) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

/** A body that the vendor would send, with one thing changed in it. */
const bent = fc
  .record({ place: fc.nat(), value: strange, remove: fc.boolean() })
  .map(({ place, value, remove }) => (body: string) => {
    const document: unknown = JSON.parse(body);
    const places = placesOf(document);
    const [holder, key] = places[place % places.length] ?? [{}, ''];
    if (remove) Reflect.deleteProperty(holder, key);
    else Reflect.set(holder, key, value);
    return JSON.stringify(document);
  });

function placesOf(value: unknown): [object, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    [value, key] as [object, string],
    ...placesOf(Reflect.get(value, key) as unknown),
  ]);
}

const rewritten = fc.constantFrom<(body: string) => string>(
  (body) => body.replace('{', '{"__proto__":{"polluted":true},'),
  (body) => body.replace('{', '{"constructor":{"prototype":{"polluted":true}},'),
  (body) => body.replace(/"(\w+)":/, '"$1":"first of two","$1":'),
  (body) => body.replace(/:(\d+)/g, ':"$1"'),
  (body) => body.replace(/:(\d+)/g, ':$1e300'),
  (body) => body.replace(/:(\d+)/g, ':1$1000000000000000000000'),
  (body) => body.replace(/"([a-z]+)"/g, '"\\ud800$1"'),
  (body) => `\ufeff${body}`,
  (body) => body.slice(0, body.length / 2),
  (body) => `${body}${body}`,
  (body) => `[${body}]`,
  (body) => `{"a":${body}}`,
);
const replaced = fc
  .oneof(
    fc.json({ maxDepth: 4 }),
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.integer({ min: 1, max: 200_000 }).map((depth) => '['.repeat(depth)),
    fc.integer({ min: 1, max: 100_000 }).map((depth) => '{"a":'.repeat(depth)),
    fc.constantFrom('', 'null', '{}', '[]', '"', '{"event":null}', '{"alerts":[]}'),
  )
  .map((body) => () => body);

const printable = fc.stringMatching(/^[!-~]{0,60}$/);
/** What the vendor does not sign may say anything. */
const unsignedHeader = fc.constantFrom(
  ...['x-github-event', 'x-gitea-event', 'x-github-delivery', 'linear-delivery', 'sentry-hook-resource', 'request-id'],
  ...['x-webhook-id', 'x-atlassian-webhook-identifier', 'content-type', 'x-forwarded-for'],
);

const odd = fc
  .record({
    sender: anySender,
    n: number,
    delivery,
    change: fc.oneof({ weight: 4, arbitrary: bent }, rewritten, replaced),
    header: fc.option(fc.tuple(unsignedHeader, printable)),
  })
  .map(({ sender, n, delivery, change, header }): FuzzRequest => {
    const at = Date.now();
    const body = change(sender.body(n, at));
    const { headers, ...knock } = sender.sign(body, how(at, delivery));
    const said = header ? { ...headers, [header[0]]: header[1] } : headers;
    return { sender, kind: 'odd', how: 'proven and changed', knock: { ...knock, headers: said } };
  });

const guessed = fc
  .record({
    sender: anySender,
    n: number,
    delivery,
    secret: fc.oneof(
      fc.stringMatching(/^[!-~]{1,40}$/),
      fc.constantFrom(` ${SECRET}x`, SECRET.slice(1), SECRET.toUpperCase(), `${SECRET}0`, 'undefined', 'null', '0'),
    ),
    change: fc.option(fc.oneof(rewritten, replaced)),
  })
  .filter(({ secret }) => secret !== SECRET)
  .map(({ sender, n, delivery, secret, change }): FuzzRequest => {
    const at = Date.now();
    const body = (change ?? String)(sender.body(n, at));
    return { sender, kind: 'forged', how: 'another secret', knock: sender.sign(body, how(at, delivery, secret)) };
  });

/** The proof of one body, shown with another. */
const exchanged = fc
  .record({ sender: signingSender, n: number, delivery, change: fc.oneof(bent, rewritten, replaced) })
  .map(({ sender, n, delivery, change }) => {
    const at = Date.now();
    const body = sender.body(n, at);
    const other = change(body);
    const { headers } = sender.sign(body, how(at, delivery));
    return { sender, kind: 'forged' as const, how: 'the proof of another body', knock: { headers, body: other }, body };
  })
  .filter(({ body, knock }) => body !== knock.body);

/** Every proof that is there, spoilt: a digit changed, cut, emptied, doubled or left out. */
const spoilt = fc
  .record({
    sender: anySender,
    n: number,
    delivery,
    at: fc.nat(63),
    way: fc.constantFrom(...'flip cut empty out'.split(' ')),
  })
  .map(({ sender, n, delivery, at, way }): FuzzRequest => {
    const sent = Date.now();
    const { headers, body, query } = sender.sign(sender.body(n, sent), how(sent, delivery));
    const spoil = (text: string) =>
      text.replace(/[0-9a-f]{64}|[0-9a-f]{40}/g, (hex) => spoilHex(hex, way, at)).replace(SECRET, spoilText(way, at));
    const said = Object.entries(headers).flatMap(([name, value]) => {
      const now = spoil(value);
      return now === value ? [[name, value]] : way === 'out' ? [] : [[name, now]];
    });
    const knock = { headers: Object.fromEntries(said), body, ...(query && { query: spoil(query) }) };
    return { sender, kind: 'forged', how: `proof: ${way} at ${at}`, knock };
  });

function spoilHex(hex: string, way: string, at: number): string {
  const place = at % hex.length;
  if (way === 'flip') return `${hex.slice(0, place)}${hex[place] === '0' ? '1' : '0'}${hex.slice(place + 1)}`;
  return way === 'cut' ? hex.slice(0, place) : '';
}

function spoilText(way: string, at: number): string {
  const place = at % SECRET.length;
  if (way === 'flip') return `${SECRET.slice(0, place)}~${SECRET.slice(place + 1)}`;
  return way === 'cut' ? SECRET.slice(0, place) : '';
}

/** With the proof of another vendor, who has the same secret. */
const elsewhere = fc
  .record({ sender: anySender, other: anySender, n: number, delivery })
  .filter(({ sender, other }) => sender.door !== other.door && !sharesProof(sender.door, other.door))
  .map(({ sender, other, n, delivery }): FuzzRequest => {
    const at = Date.now();
    const body = sender.body(n, at);
    const { headers } = other.sign(body, how(at, delivery));
    return { sender, kind: 'forged', how: `the proof of ${other.door}`, knock: { headers, body } };
  });

/** GitHub's, Gitea's and Jira's signatures are the same, and so are tokens in a header: nothing is forged then. */
function sharesProof(one: string, other: string): boolean {
  const families = [
    ['github', 'gitea', 'jira'],
    ['alertmanager', 'datadog', 'opsgenie', 'jira'],
  ];
  return families.some((family) => family.includes(one) && family.includes(other));
}

export const anyRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  { weight: 1, arbitrary: whole },
  { weight: 2, arbitrary: stale },
  { weight: 4, arbitrary: odd },
  { weight: 2, arbitrary: guessed },
  { weight: 2, arbitrary: exchanged },
  { weight: 2, arbitrary: spoilt },
  { weight: 1, arbitrary: elsewhere },
);
