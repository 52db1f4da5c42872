import { window } from '../queue-window.js';

describe('queue-window', () => {
  it("window([5, 6, 7], 0, 10)", () => {
    expect(window([5, 6, 7], 0, 10)).toEqual([5,6,7]);
  });
  it("window([5, 6, 7], -2, 1)", () => {
    expect(window([5, 6, 7], -2, 1)).toEqual([5,6]);
  });
  it("window([5, 6, 7], 2, 2)", () => {
    expect(window([5, 6, 7], 2, 2)).toEqual([7]);
  });
});
