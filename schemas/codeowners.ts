// CODEOWNERS, as GitHub and GitLab read it: pure, so that everybody who asks gets the same answer.

/** Where it is looked for, the first one that is there. */
export const CODEOWNERS_FILES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'] as const;

interface Rule {
  readonly pattern: RegExp;
  readonly owners: readonly string[];
}

/** Owners of these paths, each once: `@handle`, `@organisation/team` or an address. A path that no rule names has none. */
export function ownersOf(text: string, paths: readonly string[]): readonly string[] {
  const rules = parseRules(text);
  // The last rule that matches decides, also when it names nobody.
  return [...new Set(paths.flatMap((path) => rules.findLast(({ pattern }) => pattern.test(path))?.owners ?? []))];
}

function parseRules(text: string): readonly Rule[] {
  return text.split('\n').flatMap((line) => {
    const [glob = '', ...owners] = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    // `[section]` and `^[section]` are GitLab's headings.
    return glob === '' || /^\^?\[/.test(glob) ? [] : [{ pattern: patternOf(glob), owners }];
  });
}

/** As in .gitignore: with a slash in it from the root, without one anywhere; a directory is all that is below it. */
function patternOf(glob: string): RegExp {
  const inside = glob.replace(/^\//, '').replace(/\/$/, '');
  const anchored = glob.startsWith('/') || inside.includes('/');
  const body = inside
    .split(/(\*\*\/|\/\*\*|\*\*|\*|\?)/)
    .map((part) => WILDCARDS[part] ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&'))
    .join('');
  // `docs/*` is the files of that directory and not those below it.
  const below = glob.endsWith('/') ? '/.*' : /(^|\/)\*$/.test(inside) && anchored ? '' : '(/.*)?';
  return new RegExp(`^${anchored ? '' : '(.*/)?'}${body}${below}$`);
}

const WILDCARDS: Readonly<Record<string, string>> = {
  '**/': '(.*/)?',
  '/**': '/.*',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};
