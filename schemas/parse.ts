import type { z } from 'zod';

/** Input that a schema refused. The message names every field and what was expected there. */
export class RefusedInput extends Error {
  override readonly name = 'RefusedInput';
  readonly problems: readonly string[];

  constructor(what: string, problems: readonly string[]) {
    super(`${what} was refused:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Parses or throws `RefusedInput`. `what` names the input for the person who must mend it. */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown, what: string): z.infer<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new RefusedInput(what, result.error.issues.map(describeIssue));
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const field = issue.path.length > 0 ? issue.path.map(String).join('.') : '(the whole)';
  if (issue.code === 'unrecognized_keys') {
    return `${field}: unknown ${issue.keys.length > 1 ? 'fields' : 'field'} ${issue.keys.join(', ')}`;
  }
  return `${field}: ${issue.message}`;
}
