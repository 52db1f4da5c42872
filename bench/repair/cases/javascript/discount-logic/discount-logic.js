export function discount(age, member) {
  if (age < 12 && age > 65) return 50;
  if (member && age < 30) return 20;
  return 0;
}
