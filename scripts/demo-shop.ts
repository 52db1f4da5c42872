import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../temporal.config.js';
import type { GiteaUser, RealGitea } from '../test/real/gitea.js';
import { FAULTS } from './demo-signals.js';

// The shop of the full demo, at a real Gitea: an organisation, its people, a repository, and a label.

export interface Shop {
  /** `owner/name` */
  readonly project: string;
  readonly bot: GiteaUser;
  readonly ada: GiteaUser;
  readonly label: number;
}

export async function openShop(gitea: RealGitea): Promise<Shop> {
  const bot = await gitea.addUser('signalbox');
  const ada = await gitea.addUser('ada');
  await gitea.addOrganisation('acme');
  const project = await gitea.addRepo({ owner: 'acme', name: 'shop', files: await shopFiles() });
  const members = { organisation: 'acme', name: 'makers', permission: 'write', members: [bot, ada] } as const;
  await gitea.addTeam({ ...members, repos: ['shop'] });
  const settings = { allow_manual_merge: true, autodetect_manual_merge: true, allow_fast_forward_only_merge: true };
  await gitea.api('PATCH', `/repos/${project}`, { body: { has_pull_requests: true, ...settings } });
  return { project, bot, ada, label: await gitea.addLabel(project, 'signalbox') };
}

/** Four desks, each with one fault that its own tests show. */
async function shopFiles(): Promise<Record<string, string>> {
  const example = join(loadConfig().installDir, 'examples/abacus');
  const read = (path: string) => readFile(join(example, path), 'utf8');
  const files: Record<string, string> = {};
  for (const path of ['package.json', 'signalbox.yaml', '.gitignore']) files[path] = await read(path);
  // What the garden says about money is for people to decide.
  files['signalbox.yaml'] = (await read('signalbox.yaml')).replace('"*/src/tax.js"', '"garden/src/**"');
  for (const [desk, { file, right, wrong }] of Object.entries(FAULTS)) {
    for (const name of await readdir(join(example, 'desk/src'))) {
      const text = await read(`desk/src/${name}`);
      files[`${desk}/src/${name}`] = name === file ? text.replace(right, wrong) : text;
    }
    files[`${desk}/test/${desk}.test.js`] = (await read('desk/test/desk.test.js')).replaceAll("'desk:", `'${desk}:`);
  }
  return files;
}
