import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../temporal.config.js';

/** Another build of this installation, as a new release would be: the directory of its installation. */
export function otherBuild(directory: string, build: string, change = (bundle: string) => bundle): string {
  const { installDir } = loadConfig();
  const root = join(directory, build);
  mkdirSync(root);
  for (const kept of ['node_modules', 'package.json']) symlinkSync(join(installDir, kept), join(root, kept));
  cpSync(join(installDir, 'dist'), join(root, 'dist'), { recursive: true });
  const bundle = join(root, 'dist/workflow-bundle.js');
  writeFileSync(bundle, change(readFileSync(bundle, 'utf8')));
  writeFileSync(join(root, 'dist/build-id'), `${build}\n`);
  return root;
}
