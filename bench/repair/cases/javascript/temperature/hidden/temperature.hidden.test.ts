import { toFahrenheit } from '../temperature.js';

describe('temperature', () => {
  it("toFahrenheit({ celsius: -40 })", () => {
    expect(toFahrenheit({ celsius: -40 })).toEqual(-40);
  });
  it("toFahrenheit({ celsius: 37 })", () => {
    expect(toFahrenheit({ celsius: 37 })).toEqual(98.6);
  });
});
