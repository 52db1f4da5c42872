import { expect, it } from '@jest/globals';
import { item } from './command.js';

it.each([
  ['ENG-101', 'ENG-101'],
  ['mission/ENG-101', 'ENG-101'],
  ['jira/ENG-101', 'ENG-101'],
  ['triage/jira/ENG-101', 'ENG-101'],
  ['webhook/support-mail-1', 'support-mail-1'],
  ['approval/ENG-101/2', 'ENG-101/2'],
  // Questions of items that are called like a source.
  ['api/1', 'api/1'],
  ['mission/cli/1', 'cli/1'],
])('%s is about %s', (given, wanted) => {
  expect(item(given)).toBe(wanted);
});
