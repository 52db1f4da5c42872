export function volume(level, step) {
  const next = level + step;
  return next;
}
