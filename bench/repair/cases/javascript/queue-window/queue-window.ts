export function window<T>(items: readonly T[], from: number, to: number): T[] {
  const result: T[] = [];
  for (let i = from; i < to; i++) {
    if (i > 0 && i < items.length) result.push(items[i] as T);
  }
  return result;
}
