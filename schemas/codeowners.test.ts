import { describe, expect, it } from '@jest/globals';
import { ownersOf } from './codeowners.js';

const FILE = `
# Everything that nobody else has.
*                @shop/core
*.sql            @dba
/docs/           writer@example.com   # a comment
docs/*.md        @editor
apps/            @octocat
/build/logs/     @doctocat
**/secrets/**    @shop/security @ada
/apps/github     @dba
/apps/free
[section]
src/tax?.ts      @taxes
`;

describe('CODEOWNERS', () => {
  it.each([
    ['src/index.ts', ['@shop/core']],
    ['db/migrations/1.sql', ['@dba']],
    ['docs/guide/a.txt', ['writer@example.com']],
    ['docs/a.md', ['@editor']],
    ['docs/guide/a.md', ['writer@example.com']],
    ['x/apps/y.ts', ['@octocat']],
    ['build/logs/today/1.log', ['@doctocat']],
    ['x/build/logs/1.log', ['@shop/core']],
    ['a/secrets/b/c.key', ['@shop/security', '@ada']],
    ['apps/github/x.ts', ['@dba']],
    ['apps/free/x.ts', []],
    ['src/tax1.ts', ['@taxes']],
    ['src/taxes.ts', ['@shop/core']],
    ['src/tax/1.ts', ['@shop/core']],
  ])('%s belongs to %j', (path, owners) => {
    expect(ownersOf(FILE, [path])).toEqual(owners);
  });

  it('names each owner of several paths once', () => {
    expect(ownersOf(FILE, ['a.ts', 'b.ts', 'c.sql'])).toEqual(['@shop/core', '@dba']);
    expect(ownersOf('', ['a.ts'])).toEqual([]);
  });
});
