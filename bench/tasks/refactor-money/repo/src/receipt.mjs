export function receiptTotal(lines, currency) {
  const cents = lines.reduce((sum, line) => sum + line.cents, 0);
  return `Total ${currency} ${Math.floor(cents / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
}
