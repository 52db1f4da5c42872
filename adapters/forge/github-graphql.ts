import { z } from 'zod';
import type { Asks } from './ask.js';
import type { Cancel, Project } from './wire.js';

// GitHub's other API: what only it can do.

export interface GraphqlCall<Data> {
  /** For the person who reads the failure. */
  readonly what: string;
  readonly project: Project;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly data: z.ZodType<Data>;
  readonly signal: Cancel;
}

/** GitHub's words on what it did not do; `data` where it did. */
export interface GraphqlAnswer<Data> {
  readonly data?: Data;
  readonly refused: string;
}

export type Graphql = <Data>(call: GraphqlCall<Data>) => Promise<GraphqlAnswer<Data>>;

const Errors = z.array(z.object({ message: z.string() })).default([]);

export function graphqlAt({ ask }: Pick<Asks, 'ask'>, apiUrl: string): Graphql {
  // An Enterprise Server has it elsewhere. As a base URL, octokit would ask for the App's token there as well.
  const route = `POST ${apiUrl.replace(/\/+$/, '').replace(/\/api\/v3$/, '/api')}/graphql`;
  return async ({ what, project, query, variables, data, signal }) => {
    const answer = z.object({ data: z.unknown(), errors: Errors });
    const said = await ask({ what, route, answer, signal, project, parameters: { query, variables } });
    if (said.errors.length > 0) return { refused: said.errors.map(({ message }) => message).join('; ') };
    return { data: data.parse(said.data), refused: '' };
  };
}
