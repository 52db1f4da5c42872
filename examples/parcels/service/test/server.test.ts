import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { NoRateError, type PriceParcels } from '../src/rates-client.js';
import { parcelServer } from '../src/server.js';

const BERLIN = { street: 'Invalidenstr. 1', postcode: '10115', city: 'Berlin', country: 'DE' };

const price: PriceParcels = async (parcels) =>
  parcels.map(({ grams }) => {
    if (grams > 31_500) throw new NoRateError('no rate: too heavy');
    return { zone: 'domestic', billableGrams: grams, netCents: 529, taxPercent: 19 };
  });

interface Body {
  readonly total?: unknown;
  readonly items?: unknown;
  readonly error?: string;
}

describe('the service', () => {
  const server = parcelServer({ price });
  let address = '';

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  async function call(method: string, path: string, body?: unknown) {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${address}${path}`, init);
    return { status: response.status, body: (await response.json()) as Body };
  }

  it('quotes the sum of all parcels', async () => {
    const order = { origin: 'DE', to: BERLIN, parcels: [{ grams: 500 }, { grams: 500 }] };
    const { status, body } = await call('POST', '/quotes', order);
    assert.equal(status, 200);
    assert.deepEqual(body.total, { netCents: 1058, taxCents: 202, grossCents: 1260 });
  });

  it('refuses an address that nothing can be sent to', async () => {
    const order = { origin: 'DE', to: { ...BERLIN, postcode: '1' }, parcels: [] };
    const { status, body } = await call('POST', '/quotes', order);
    assert.equal(status, 422);
    assert.match(body.error ?? '', /postcode/);
  });

  it('says why there is no rate', async () => {
    const order = { origin: 'DE', to: BERLIN, parcels: [{ grams: 40_000 }] };
    assert.deepEqual(await call('POST', '/quotes', order), { status: 422, body: { error: 'no rate: too heavy' } });
  });

  it('lists shipments with their status', async () => {
    await call('POST', '/shipments', { id: 'P1', destination: 'DE', grams: 500 });
    await call('POST', '/shipments/P1/events', [{ shipment: 'P1', status: 'collected', at: '2025-03-11T08:00:00Z' }]);
    const { body } = await call('GET', '/shipments');
    assert.deepEqual(body.items, [{ id: 'P1', destination: 'DE', grams: 500, status: 'collected' }]);
  });

  it('knows no events of an unknown shipment', async () => {
    assert.equal((await call('GET', '/shipments/P9/events')).status, 404);
    assert.equal((await call('POST', '/shipments/P9/events', [])).status, 404);
  });

  it('tells when the depot takes parcels', async () => {
    const { body } = await call('GET', '/depot?at=2025-03-15T15:00:00Z');
    assert.deepEqual(body, { open: false, takesParcelsFrom: '2025-03-17T08:00:00.000Z' });
  });

  it('answers a body that is not JSON with 400', async () => {
    const response = await fetch(`${address}/quotes`, { method: 'POST', body: 'quote please' });
    assert.equal(response.status, 400);
  });

  it('answers an unknown path with 404', async () => {
    assert.equal((await call('GET', '/nothing')).status, 404);
  });
});
