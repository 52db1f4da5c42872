export function retryDelay(attempt) {
  const base = 200;
  const delay = base * 3 ** attempt;
  return Math.min(delay, 10000);
}
