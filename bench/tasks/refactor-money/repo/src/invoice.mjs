export function invoiceLine({ text, cents, currency }) {
  const sign = cents < 0 ? '-' : '';
  const amount = Math.abs(cents);
  const money = `${sign}${currency} ${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`;
  return `${text}: ${money}`;
}
