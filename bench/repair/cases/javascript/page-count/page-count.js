export function pageCount(total, size) {
  if (size <= 0) throw new RangeError('size must be positive');
  return Math.floor(total / size);
}
