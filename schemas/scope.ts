import { z } from 'zod';

// Budgets that missions share: of a repo, of a team, of the whole installation. `period.ts` knows when one begins anew.

export const Period = z.enum(['day', 'week', 'month']);
export type Period = z.infer<typeof Period>;

const ScopeEntry = z
  .strictObject({
    usd: z.number().positive().optional().describe('US dollars'),
    tokens: z.number().int().positive().optional().describe('Of all kinds together'),
    per: Period.optional().describe('In UTC; by default it holds for good'),
  })
  .refine(({ usd, tokens }) => usd !== undefined || tokens !== undefined, 'expected usd, tokens or both');

const ScopeName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/, 'expected letters, digits, spaces and dashes');

export const BudgetsSection = z.strictObject({
  org: ScopeEntry.optional().describe('Of everything that this installation does'),
  teams: z.record(ScopeName, ScopeEntry).default({}).describe('By the key of the team that a ticket belongs to'),
  repos: z.record(ScopeName, ScopeEntry).default({}),
});
export type BudgetsSection = Readonly<z.infer<typeof BudgetsSection>>;

/** What the configuration says of one scope; null: it does not limit that. */
export interface ScopeTerms {
  readonly usd: number | null;
  readonly tokens: number | null;
  readonly per: Period | null;
}

/** Every scope that is configured, by its name, the narrowest first: `repo/<name>`, `team/<key>`, `org`. */
export function scopesOf({ org, teams, repos }: BudgetsSection): ReadonlyMap<string, ScopeTerms> {
  const named = (kind: string, entries: BudgetsSection['teams']) =>
    Object.entries(entries).map(([name, entry]) => [`${kind}/${name}`, termsOf(entry)] as const);
  return new Map([...named('repo', repos), ...named('team', teams), ...(org ? [['org', termsOf(org)] as const] : [])]);
}

/** The ones that a mission pays into, always in the same order: whoever waits for one holds only narrower ones. */
export function scopesFor(
  budgets: BudgetsSection,
  { repo, team }: { readonly repo: string; readonly team?: string | undefined },
): string[] {
  const own = [`repo/${repo}`, ...(team === undefined ? [] : [`team/${team}`]), 'org'].map((name) =>
    name.toLowerCase(),
  );
  return [...scopesOf(budgets).keys()].filter((name) => own.includes(name.toLowerCase()));
}

function termsOf({ usd, tokens, per }: z.infer<typeof ScopeEntry>): ScopeTerms {
  return { usd: usd ?? null, tokens: tokens ?? null, per: per ?? null };
}
