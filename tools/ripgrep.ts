import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { Unfit } from './answer.js';

// Ripgrep knows what git ignores, and is made for trees of any size. Its regular expressions take linear time.

/** Only .gitignore files count: a workspace is no repository, and nobody's own settings are meant. */
const FIXED = ['--no-config', '--no-require-git', '--no-ignore-parent', '--no-ignore-dot', '--hidden', '--color=never'];

export interface Found {
  readonly text: string;
  /** Stopped before its end, because there was more than may be taken. */
  readonly cut: boolean;
  /** 0 found something, 1 nothing, 2 something was wrong. */
  readonly exitCode: number;
  readonly stderr: string;
}

export interface Hunt {
  readonly root: string;
  readonly args: readonly string[];
  /** From the root, checked. */
  readonly paths: readonly string[];
  readonly ignored: boolean;
  readonly characters: number;
}

export function ripgrep({ root, args, paths, ignored, characters }: Hunt): Promise<Found> {
  const all = [...FIXED, ...(ignored ? ['--no-ignore'] : []), '--sort=path', ...args, '--glob=!.git', '--', ...paths];
  const child = spawn('rg', all, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const decoder = new StringDecoder('utf8');
  let [text, stderr, cut] = ['', '', false];
  child.stdout.on('data', (chunk: Buffer) => {
    if (cut) return;
    text += decoder.write(chunk);
    if (text.length <= characters) return;
    cut = true;
    text = text.slice(0, characters);
    child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < 2000) stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Unfit(error.code === 'ENOENT' ? 'ripgrep (rg) is missing: apt-get install ripgrep' : error.message)),
    );
    child.once('close', (code) =>
      resolve({ text, cut, exitCode: cut ? 0 : (code ?? 2), stderr: stderr.slice(0, 2000) }),
    );
  });
}

/** Files, from the root and sorted; `cut` when there are more than anybody can look at. */
export async function filesOf(
  hunt: Omit<Hunt, 'args' | 'characters'> & { readonly glob?: string },
): Promise<{ readonly files: string[]; readonly cut: boolean }> {
  const args = ['--files', '--null', ...(hunt.glob === undefined ? [] : [`--glob=${hunt.glob}`])];
  const { text, cut } = await ripgrep({ ...hunt, args, characters: 8_000_000 });
  const files = text.split('\0').map((file) => file.replace(/^\.\//, ''));
  // Behind the last zero byte there is nothing, or half a name.
  return { files: files.slice(0, -1), cut };
}
