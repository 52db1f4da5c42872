export function invoiceTotal(lines) {
  let sum = 0;
  for (const line of lines) {
    const net = line.price * line.quantity;
    sum += net + net * line.tax;
  }
  return sum;
}

export function netTotal(lines) {
  return lines.reduce((sum, line) => sum + line.price * line.tax, 0);
}
