import { isOpen } from '../date-range.js';

describe('date-range', () => {
  it("isOpen(8, 8, 17)", () => {
    expect(isOpen(8, 8, 17)).toEqual(true);
  });
  it("isOpen(17, 8, 17)", () => {
    expect(isOpen(17, 8, 17)).toEqual(true);
  });
  it("isOpen(0, 8, 17)", () => {
    expect(isOpen(0, 8, 17)).toEqual(false);
  });
});
