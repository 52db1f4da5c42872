import { basename } from 'node:path';
import type { z } from 'zod';
import { Blueprint } from '../schemas/blueprint.js';
import { ConfigFile } from '../schemas/config-file.js';
import { HoldoutFile } from '../schemas/holdouts.js';
import { OnCallFile } from '../schemas/on-call.js';
import { PeopleFile } from '../schemas/people.js';
import { ServiceCatalogue } from '../schemas/service-catalogue.js';
import { Refusal } from './errors.js';

// The files that people write for Signalbox, told apart by their names and, where those are others, by what is in them.

export const INSTALLATION = 'signalbox.config.yaml';
export const BLUEPRINT = 'signalbox.yaml';

export interface FileKind {
  /** As it is usually called. */
  readonly name: string;
  readonly what: string;
  readonly schema: z.ZodObject;
}

const KINDS: readonly FileKind[] = [
  { name: BLUEPRINT, what: 'what a repo says about itself', schema: Blueprint },
  { name: INSTALLATION, what: 'the installation', schema: ConfigFile },
  { name: 'people.yaml', what: 'who people are', schema: PeopleFile },
  { name: 'on-call.yaml', what: 'rotations', schema: OnCallFile },
  { name: 'services.yaml', what: 'services and their code', schema: ServiceCatalogue },
  { name: 'holdouts.yaml', what: 'scenarios that are kept back', schema: HoldoutFile },
];

/** Throws `Refusal`, which lists the kinds, for what looks like none of them. */
export function kindOf(path: string, content: unknown): FileKind {
  const named = KINDS.find(({ name }) => name === basename(path));
  if (named) return named;
  const fields = typeof content === 'object' && content !== null ? Object.keys(content) : [];
  const fitting = KINDS.map((kind) => {
    const known = fields.filter((field) => field in kind.schema.shape).length;
    // A field may be of another type there: `people` is a list in one file and a path in another.
    const { error } = kind.schema.safeParse(content);
    return { kind, known, wrong: (error?.issues ?? []).filter(({ path: at }) => at.length < 2).length };
  }).filter(({ known }) => known > 0);
  const [best] = fitting.toSorted((one, other) => other.known - one.known || one.wrong - other.wrong);
  if (best) return best.kind;
  const kinds = KINDS.map(
    ({ name, what, schema }) => `  ${name}: ${what} (${Object.keys(schema.shape).slice(0, 4).join(', ')}, …)`,
  );
  throw new Refusal(`${path} looks like none of the files that Signalbox reads:\n${kinds.join('\n')}`);
}
