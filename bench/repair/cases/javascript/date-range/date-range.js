function between(value, low, high) {
  return value >= low && value <= high;
}

export function isOpen(hour, opens, closes) {
  return between(hour, closes, opens);
}
