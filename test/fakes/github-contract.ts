import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// GitHub's own description of its API, cut to what is used: what our fake is asked must be in it, and what it answers.

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

export interface Operation {
  readonly query: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** By status. */
  readonly answers: Readonly<Record<string, Schema>>;
}

const FILE = fileURLToPath(new URL('./github-openapi.json', import.meta.url));
const { paths } = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

/** The operation that GitHub has at a path, as GitHub names it; undefined when there is none. */
export function operationAt(method: string, path: string): { route: string; operation: Operation } | undefined {
  for (const [template, methods] of Object.entries(paths)) {
    const pattern = new RegExp(`^${template.replaceAll('.', String.raw`\.`).replace(/\{[^}]+\}/g, '[^/]+')}$`);
    const operation = methods[method.toLowerCase()];
    if (operation && pattern.test(path)) return { route: `${method} ${template}`, operation };
  }
  return undefined;
}

/** What is wrong with a request; empty when GitHub would understand it. */
export function requestProblems({ query, body }: Operation, asked: URLSearchParams, given: unknown): string[] {
  const problems = [...asked.keys()].filter((name) => !(name in query)).map((name) => `unknown query ${name}`);
  for (const [name, value] of asked) {
    const { enum: allowed } = query[name] ?? {};
    if (allowed && !allowed.includes(value)) problems.push(`query ${name}: ${value}`);
  }
  if (!body) return given === undefined ? problems : [...problems, 'no body expected'];
  if (given === undefined && !body.required?.length) return problems;
  const unknown = Object.keys((given ?? {}) as object).filter((name) => body.properties && !(name in body.properties));
  return [...problems, ...unknown.map((name) => `unknown field ${name}`), ...mismatches(body, given, 'body', true)];
}

/** What our fake answers that GitHub would not: names and types. It may leave out what nobody looks at. */
export function answerProblems({ answers }: Operation, status: number, given: unknown): string[] {
  const schema = answers[String(status)];
  return schema ? mismatches(schema, given, 'answer', false) : [`no status ${status}`];
}

/** What all parts ask for, as one. */
function merged({ allOf, ...own }: Schema): Schema {
  const parts = (allOf ?? []).map(merged);
  const properties = Object.assign({}, own.properties, ...parts.map((part) => part.properties));
  const required = [own, ...parts].flatMap((part) => part.required ?? []);
  const [first = {}] = parts;
  return parts.length === 0 ? own : { ...first, ...own, properties, required };
}

function mismatches(given: Schema, value: unknown, at: string, whole: boolean): string[] {
  const schema = merged(given);
  if (value === null) return schema.nullable || isAnything(schema) ? [] : [`${at}: null`];
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) {
    const fits = branches.some((one) => mismatches(one, value, at, whole).length === 0);
    if (!fits) return [`${at}: fits none of ${branches.length} forms`];
  }
  const problems: string[] = [];
  if (schema.enum && !schema.enum.includes(value))
    problems.push(`${at}: ${JSON.stringify(value)} is not among the values`);
  if (schema.type && !isOf(schema.type, value)) return [...problems, `${at}: expected ${schema.type}`];
  if (typeof value === 'string' && value.length > (schema.maxLength ?? value.length)) problems.push(`${at}: too long`);
  if (Array.isArray(value)) {
    if (value.length > (schema.maxItems ?? value.length)) problems.push(`${at}: too many`);
    if (schema.items)
      problems.push(...value.flatMap((one, n) => mismatches(schema.items ?? {}, one, `${at}.${n}`, whole)));
  } else if (typeof value === 'object' && value !== null) {
    const fields = value as Readonly<Record<string, unknown>>;
    if (whole)
      problems.push(...(schema.required ?? []).filter((name) => !(name in fields)).map((name) => `${at}: no ${name}`));
    for (const [name, field] of Object.entries(fields)) {
      const known = schema.properties?.[name];
      if (known) problems.push(...mismatches(known, field, `${at}.${name}`, whole));
      else if (schema.properties && !whole) problems.push(`${at}: GitHub has no ${name}`);
    }
  }
  return problems;
}

function isAnything({ type, anyOf, oneOf, properties }: Schema): boolean {
  if (anyOf || oneOf) return (anyOf ?? oneOf ?? []).some((one) => one.nullable || isAnything(one));
  return type === undefined && properties === undefined;
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  const own = typeof value;
  return own === type;
}
