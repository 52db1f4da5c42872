import { window } from '../queue-window.js';

describe('queue-window', () => {
  it("window([1, 2, 3, 4], 0, 2)", () => {
    expect(window([1, 2, 3, 4], 0, 2)).toEqual([1,2,3]);
  });
  it("window([1, 2, 3, 4], 1, 3)", () => {
    expect(window([1, 2, 3, 4], 1, 3)).toEqual([2,3,4]);
  });
  it("window([1], 0, 0)", () => {
    expect(window([1], 0, 0)).toEqual([1]);
  });
});
