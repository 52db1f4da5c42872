export function balance(start, entries) {
  let current = start;
  for (const entry of entries) {
    if (entry.kind === 'debit') current += entry.amount;
    else current += entry.amount;
  }
  return current;
}
