import { toFahrenheit } from '../temperature.js';

describe('temperature', () => {
  it("toFahrenheit({ celsius: 0 })", () => {
    expect(toFahrenheit({ celsius: 0 })).toEqual(32);
  });
  it("toFahrenheit({ celsius: 100 })", () => {
    expect(toFahrenheit({ celsius: 100 })).toEqual(212);
  });
});
