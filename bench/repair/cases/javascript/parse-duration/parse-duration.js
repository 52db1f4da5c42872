export function seconds(text) {
  return Number.parseInt(text, 10);
}
