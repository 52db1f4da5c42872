import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressProblems, isComplete } from '../src/address.js';

const BERLIN = { street: 'Invalidenstr. 1', postcode: '10115', city: 'Berlin', country: 'DE' };

describe('an address', () => {
  it('is fine when every field is there and the postcode fits the country', () => {
    assert.deepEqual(addressProblems(BERLIN), []);
    assert.deepEqual(addressProblems({ ...BERLIN, country: 'NL', postcode: '1012 AB' }), []);
  });

  it('names every field that is missing', () => {
    assert.deepEqual(addressProblems({ country: 'DE', city: ' ' }), [
      'street is missing',
      'postcode is missing',
      'city is missing',
    ]);
  });

  it('says when the postcode is one of another country', () => {
    assert.deepEqual(addressProblems({ ...BERLIN, country: 'CH' }), ['postcode "10115" is not one of CH']);
  });

  it('takes any postcode of a country whose format is unknown', () => {
    assert.deepEqual(addressProblems({ ...BERLIN, country: 'US', postcode: '94103-1234' }), []);
  });

  it('is complete only with every field', () => {
    assert.equal(isComplete(BERLIN), true);
    assert.equal(isComplete({ ...BERLIN, postcode: '' }), false);
  });
});
