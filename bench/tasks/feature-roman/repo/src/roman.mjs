const DIGITS = [
  ['M', 1000],
  ['CM', 900],
  ['D', 500],
  ['CD', 400],
  ['C', 100],
  ['XC', 90],
  ['L', 50],
  ['XL', 40],
  ['X', 10],
  ['IX', 9],
  ['V', 5],
  ['IV', 4],
  ['I', 1],
];

/** 1 to 3999. */
export function toRoman(number) {
  if (!Number.isInteger(number) || number < 1 || number > 3999) throw new RangeError(`no roman numeral: ${number}`);
  let rest = number;
  let text = '';
  for (const [digit, value] of DIGITS) {
    while (rest >= value) {
      text += digit;
      rest -= value;
    }
  }
  return text;
}
