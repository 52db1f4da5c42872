import { describe, expect, it } from '@jest/globals';
import { ownersOf } from './codeowners.js';

// The examples of GitHub's own documentation.

const FILE = `
# The whole repository
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
[Section of GitLab]
/payments/ @octo-org/money
`;

describe('the owners of a path', () => {
  it.each([
    ['README.md', ['@global-owner1', '@global-owner2']],
    ['src/deep/index.js', ['@js-owner']],
    ['notes.txt', ['@octo-org/octocats']],
    ['build/logs/today/out', ['@octocat']],
    ['docs/getting-started.md', ['@doctocat']],
    ['scripts/a/b.js', ['@doctocat', '@octocat']],
    ['deeply/nested/logs/x', ['@octocat']],
    ['apps/web/main.ts', ['@octocat']],
    ['payments/charge.ts', ['@octo-org/money']],
  ])('%s', (path, owners) => {
    expect(ownersOf(FILE, [path])).toEqual(owners);
  });

  it('are nobody where the last rule that matches names nobody', () => {
    expect(ownersOf(FILE, ['apps/github/x'])).toEqual([]);
    expect(ownersOf('/only/ @a', ['other'])).toEqual([]);
  });

  it('of several paths are each named once', () => {
    expect(ownersOf(FILE, ['a.js', 'b.js', 'c.go'])).toEqual(['@js-owner', 'docs@example.com']);
  });

  it('keep to the directory where the glob does', () => {
    expect(ownersOf('docs/* @a', ['docs/x.md', 'docs/sub/y.md'])).toEqual(['@a']);
    expect(ownersOf('docs/* @a', ['docs/sub/y.md'])).toEqual([]);
    expect(ownersOf('docs/** @a', ['docs/sub/y.md'])).toEqual(['@a']);
  });
});
