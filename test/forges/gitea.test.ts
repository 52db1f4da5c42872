import { afterAll, beforeAll } from '@jest/globals';
import { describeGitea } from '../real/describe-gitea.js';
import { RealGitea } from '../real/gitea.js';
import { describesForge, describesProtection, FILES } from './contract.js';
import { giteaSide } from './gitea-side.js';

describeGitea('Gitea as our forge', () => {
  let gitea: RealGitea;
  beforeAll(async () => {
    gitea = await RealGitea.start();
  });
  afterAll(() => gitea.stop());
  describesForge(() => giteaSide(gitea, FILES));
  describesProtection(() => giteaSide(gitea, FILES));
});
