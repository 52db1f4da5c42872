import { daysLeft } from '../swap-difference.js';

describe('swap-difference', () => {
  it("daysLeft(0, 1)", () => {
    expect(daysLeft(0, 1)).toEqual(1);
  });
  it("daysLeft(1, 0)", () => {
    expect(daysLeft(1, 0)).toEqual(0);
  });
});
