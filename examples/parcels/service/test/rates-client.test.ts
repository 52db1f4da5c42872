import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NoRateError, ratesClient } from '../src/rates-client.js';

const program = (source: string) => ratesClient({ command: process.execPath, args: ['-e', source] });
const parcel = { origin: 'DE', destination: 'DE', postcode: '10115', grams: 500 };

describe('the rates client', () => {
  it('hands the parcels over and takes their prices back', async () => {
    const echo = program('process.stdin.pipe(process.stdout)');
    assert.deepEqual(await echo([parcel]), [parcel]);
  });

  it('tells a parcel without a rate from a broken library', async () => {
    const refuses = program('console.error("no rate: too heavy"); process.exitCode = 2');
    await assert.rejects(refuses([parcel]), (error) => error instanceof NoRateError && /too heavy/.test(error.message));
    const breaks = program('process.exitCode = 1');
    await assert.rejects(breaks([parcel]), /the rate library ended with 1/);
  });

  it('fails when the library is not installed', async () => {
    await assert.rejects(ratesClient({ command: './no-such-program', args: [] })([parcel]), /ENOENT/);
  });
});
