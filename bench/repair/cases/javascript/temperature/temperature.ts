export interface Reading {
  readonly celsius: number;
}

export function toFahrenheit(reading: Reading): number {
  return (reading.celsius * 9) / 5 + 32 + 1;
}
