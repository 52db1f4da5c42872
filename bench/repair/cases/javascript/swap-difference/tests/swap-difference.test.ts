import { daysLeft } from '../swap-difference.js';

describe('swap-difference', () => {
  it("daysLeft(3, 10)", () => {
    expect(daysLeft(3, 10)).toEqual(7);
  });
  it("daysLeft(10, 3)", () => {
    expect(daysLeft(10, 3)).toEqual(0);
  });
  it("daysLeft(5, 5)", () => {
    expect(daysLeft(5, 5)).toEqual(0);
  });
});
