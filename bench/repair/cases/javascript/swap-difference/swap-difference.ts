export function daysLeft(today: number, deadline: number): number {
  const left = today - deadline;
  return left < 0 ? 0 : left;
}
