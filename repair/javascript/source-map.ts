// Reads the mappings of a source map: which original line stands behind a place in the generated code.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export interface Mapping {
  /** Generated line and column, from 0. */
  readonly line: number;
  readonly column: number;
  /** Original line, from 1. */
  readonly source: number;
}

export function readMappings(map: string): readonly Mapping[] {
  const { mappings } = JSON.parse(map) as { mappings: string };
  const found: Mapping[] = [];
  let source = 0;
  for (const [line, segments] of mappings.split(';').entries()) {
    let column = 0;
    for (const segment of segments.split(',')) {
      const fields = decode(segment);
      column += fields[0] ?? 0;
      if (fields.length < 4) continue;
      source += fields[2] ?? 0;
      found.push({ line, column, source: source + 1 });
    }
  }
  return found;
}

/** Base64 VLQ: five bits a digit, the sixth says that more follow, the lowest bit of the number is its sign. */
function decode(segment: string): readonly number[] {
  const fields: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    fields.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return fields;
}
