import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { parcelServer } from '../src/server.ts';

const server = parcelServer({ price: async () => [] });
let address = '';

before(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

async function csv() {
  const response = await fetch(`${address}/shipments.csv`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8');
  return (await response.text()).trimEnd().split(/\r?\n/);
}

const book = (id, destination) =>
  fetch(`${address}/shipments`, { method: 'POST', body: JSON.stringify({ id, destination, grams: 500 }) });

it('holds the top line alone when nothing is booked', async () => {
  assert.deepEqual(await csv(), ['id,destination,status']);
});

it('lists shipments, oldest first, and quotes what has to be quoted', async () => {
  await book('P1', 'DE');
  await book('P,2', 'CH');
  await book('P"3', 'FR');
  const ids = (await csv()).slice(1).map((line) => line.slice(0, line.lastIndexOf(',', line.lastIndexOf(',') - 1)));
  assert.deepEqual(ids, ['P1', '"P,2"', '"P""3"']);
});
