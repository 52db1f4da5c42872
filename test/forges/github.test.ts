import { describe } from '@jest/globals';
import { describesForge, describesProtection, FILES } from './contract.js';
import { githubSide } from './github-side.js';

describe('GitHub as our forge, for an App', () => {
  describesForge(() => githubSide('app', FILES));
  describesProtection(() => githubSide('app', FILES));
});

describe('GitHub as our forge, with the token of a person', () => {
  describesForge(() => githubSide('token', FILES));
});
