/** The largest of some numbers; undefined when there is none. */
export function largest(numbers) {
  let found;
  for (const number of numbers) if (found === undefined || number > found) found = number;
  return found;
}
