import { isOpen } from '../date-range.js';

describe('date-range', () => {
  it("isOpen(9, 8, 17)", () => {
    expect(isOpen(9, 8, 17)).toEqual(true);
  });
  it("isOpen(7, 8, 17)", () => {
    expect(isOpen(7, 8, 17)).toEqual(false);
  });
  it("isOpen(18, 8, 17)", () => {
    expect(isOpen(18, 8, 17)).toEqual(false);
  });
});
