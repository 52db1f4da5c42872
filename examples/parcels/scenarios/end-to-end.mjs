// Starts the service as it runs in production, asks it for quotes over HTTP, and checks the sums that the service and
// the rate library make together. Needs nothing but the loopback interface.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const START_MS = 30_000;
const BERLIN = { street: 'Invalidenstr. 1', postcode: '10115', city: 'Berlin', country: 'DE' };
const ZURICH = { street: 'Bahnhofstr. 1', postcode: '8001', city: 'Zurich', country: 'CH' };

const checks = {
  async 'a domestic parcel costs the tariff, fuel and tax'({ post }) {
    const quote = await post('/quotes', { origin: 'DE', to: BERLIN, parcels: [{ grams: 1000 }] });
    assert.deepEqual(quote.total, { netCents: 529, taxCents: 101, grossCents: 630 });
  },
  async 'a started half kilo is charged'({ post }) {
    const quote = await post('/quotes', { origin: 'DE', to: BERLIN, parcels: [{ grams: 1250 }] });
    assert.equal(quote.parcels[0].billableGrams, 1500);
    assert.deepEqual(quote.total, { netCents: 594, taxCents: 113, grossCents: 707 });
  },
  async 'a parcel that leaves the union is an export without tax'({ post }) {
    const quote = await post('/quotes', { origin: 'DE', to: ZURICH, parcels: [{ grams: 1000 }] });
    assert.equal(quote.parcels[0].zone, 'export');
    assert.deepEqual(quote.total, { netCents: 2689, taxCents: 0, grossCents: 2689 });
  },
  async 'ten parcels get the volume discount, and tax is due on what is left'({ post }) {
    const parcels = Array.from({ length: 10 }, () => ({ grams: 1000 }));
    const quote = await post('/quotes', { origin: 'DE', to: BERLIN, parcels });
    assert.equal(quote.discountPercent, 5);
    assert.deepEqual(quote.total, { netCents: 5030, taxCents: 960, grossCents: 5990 });
  },
  async 'a parcel that is too heavy has no quote'({ call }) {
    const order = { origin: 'DE', to: BERLIN, parcels: [{ grams: 40_000 }] };
    const { status, body } = await call('POST', '/quotes', order);
    assert.equal(status, 422);
    assert.match(body.error, /at most 31500 grams/);
  },
  async 'the pages of shipments show each of them once'({ post, get }) {
    const ids = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'];
    for (const id of ids) await post('/shipments', { id, destination: 'DE', grams: 1000 });
    const shown = [];
    for (let page = 1; page <= 3; page++) shown.push(...(await get(`/shipments?size=3&page=${page}`)).items);
    assert.deepEqual(
      shown.map(({ id }) => id),
      ids,
    );
  },
  async 'an event that a carrier sends twice is recorded once'({ post, get }) {
    const event = { shipment: 'P1', status: 'collected', at: '2025-03-11T08:00:00Z' };
    await post('/shipments/P1/events', [event]);
    await post('/shipments/P1/events', [event]);
    assert.deepEqual(await get('/shipments/P1/events'), [event]);
  },
};

function start() {
  const cwd = fileURLToPath(new URL('../service/', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the service did not start within ${START_MS} ms`)), START_MS);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the service ended with ${code} before it listened`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = line.match(/^listening on (http:\S+)$/);
      if (!found) return;
      clearTimeout(late);
      resolve(found[1]);
    });
  });
  return { child, address };
}

function client(address) {
  async function call(method, path, body) {
    const response = await fetch(address + path, { method, ...(body && { body: JSON.stringify(body) }) });
    return { status: response.status, body: await response.json() };
  }
  async function ok(method, path, body) {
    const reply = await call(method, path, body);
    assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }
  return { call, get: (path) => ok('GET', path), post: (path, body) => ok('POST', path, body) };
}

async function run(name, check, http) {
  const begun = performance.now();
  try {
    await check(http);
    return { name, seconds: (performance.now() - begun) / 1000 };
  } catch (error) {
    return { name, seconds: (performance.now() - begun) / 1000, failure: error.message };
  }
}

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };
const escaped = (text) => text.replace(/[&<>"\n]/g, (character) => ESCAPES[character]);

function report(results) {
  const failures = results.filter(({ failure }) => failure !== undefined).length;
  const cases = results.map(({ name, seconds, failure }) => {
    const open = `<testcase classname="end-to-end" name="${escaped(name)}" time="${seconds.toFixed(3)}"`;
    if (failure === undefined) return `${open}/>`;
    return `${open}><failure message="${escaped(failure)}"/></testcase>`;
  });
  const suite = `<testsuite name="end-to-end" tests="${results.length}" failures="${failures}">`;
  const reports = new URL('./reports/', import.meta.url);
  mkdirSync(reports, { recursive: true });
  const xml = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<testsuites>',
    suite,
    ...cases,
    '</testsuite>',
    '</testsuites>',
  ];
  writeFileSync(new URL('junit.xml', reports), `${xml.join('\n')}\n`);
  return failures;
}

const { child, address } = start();
try {
  const http = client(await address);
  const results = [];
  for (const [name, check] of Object.entries(checks)) results.push(await run(name, check, http));
  for (const { name, failure } of results)
    console.log(failure === undefined ? `ok    ${name}` : `FAIL  ${name}\n${failure}`);
  process.exitCode = report(results) === 0 ? 0 : 1;
} finally {
  child.kill('SIGTERM');
}
