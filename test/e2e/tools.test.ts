import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runFiles } from '../../activities/tool-runs.js';
import { FileAnswer } from '../../schemas/tool.js';
import { createToolBench, EVERYWHERE, type ToolBench } from '../tool-bench.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const FILES = {
  'src/a.ts': 'export const one = 1;\nexport const two = load(one, "x");\nexport const three = 3;\n',
  'src/b.py': 'def half(n):\n    return round(n / 2)\n',
  'src/deep/er/c.ts': 'load(2);\n',
  'src/crlf.txt': 'one\r\ntwo\r\n',
  'src/twice.txt': 'same\nsame\n',
  'src/binary.dat': Buffer.from([1, 0, 2, 0]),
  'src/latin1.txt': Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]),
  'src/long.txt': Array.from({ length: 3000 }, (_, index) => `line ${index + 1}`).join('\n'),
  'src/pixel.png': PNG,
  '.gitignore': 'build/\n',
  'link-inside': { symlink: 'src/a.ts' },
} as const;

const SEARCH = { paths: ['.'], ignoreCase: false, context: 0, ignored: false };

describe('the tools of an agent', () => {
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await createToolBench(FILES);
  });
  afterAll(() => bench.remove());

  it('lists to a depth, without what git ignores', async () => {
    const { turn } = await bench.open();
    await turn(['run', { command: 'mkdir build && echo x >build/out.js' }]);
    const { texts, result } = await turn(
      ['list', {}],
      ['list', { path: 'src', depth: 1 }],
      ['list', { path: 'build', ignored: true }],
      ['list', { path: 'nowhere' }],
    );
    expect(texts[0]).toContain('.gitignore\nlink-inside -> src/a.ts\nsrc/\nsrc/a.ts\n');
    expect(texts[0]).toContain('src/deep/ (1 file)');
    expect(texts[0]).not.toContain('build');
    expect(texts[1]).toContain('src/deep/ (1 file)');
    expect(texts[2]).toBe('build/out.js');
    expect(texts[3]).toBe('nowhere: there is no such file');
    expect(result).toMatchObject({ did: 'listed 3 times, failed: listed', refused: 0 });
  });

  it('reads parts of files with line numbers, and says what is not text', async () => {
    const { turn } = await bench.open();
    const paths = ['src/binary.dat', 'src/latin1.txt', 'src', 'src/none.ts'];
    const { texts, errors } = await turn(
      ['read', { path: 'src/a.ts', from: 2, lines: 1 }],
      ['read', { path: 'link-inside' }],
      ['read', { path: 'src/crlf.txt' }],
      ['read', { path: 'src/long.txt', from: 2999 }],
      ['read', { path: 'src/a.ts', from: 9 }],
      ...paths.map((path) => ['read', { path }] as const),
    );
    expect(texts[0]).toBe('     2\texport const two = load(one, "x");\n[lines 2 to 2 of 3; the next one is from 3]');
    expect(texts[1]).toContain('     1\texport const one = 1;');
    expect(texts[2]).toBe('     1\tone\n     2\ttwo\n[lines end with CRLF]');
    expect(texts[3]).toBe('  2999\tline 2999\n  3000\tline 3000\n[no newline at the end]');
    expect(texts.slice(4)).toEqual([
      'src/a.ts has 3 lines',
      'src/binary.dat: a binary file (4 bytes)',
      'src/latin1.txt: not UTF-8 text (5 bytes)',
      'src: a directory; list it',
      'src/none.ts: there is no such file',
    ]);
    expect(errors).toEqual([false, false, false, false, true, true, true, true, true]);
  });

  it('searches text and syntax, and says what is wrong with a pattern', async () => {
    const { turn } = await bench.open();
    const { texts } = await turn(
      ['search', { pattern: 'LOAD\\(', ignoreCase: true }],
      ['search', { pattern: 'load($A, $B)', kind: 'syntax', language: 'typescript' }],
      ['search', { pattern: 'round($A)', kind: 'syntax', language: 'python', paths: ['src'] }],
      ['search', { pattern: 'three', context: 1, glob: '*.ts' }],
      ['search', { pattern: 'nowhere-to-be-found' }],
      ['search', { pattern: 'load(' }],
      ['search', { pattern: 'const a = 1; const b = 2', kind: 'syntax', language: 'typescript' }],
      ['search', { pattern: 'x', kind: 'syntax' }],
    );
    expect(texts[0]).toBe('src/a.ts\n2:export const two = load(one, "x");\n\nsrc/deep/er/c.ts\n1:load(2);');
    expect(texts[1]).toBe('src/a.ts\n2:load(one, "x")');
    expect(texts[2]).toBe('src/b.py\n2:round(n / 2)');
    expect(texts[3]).toBe('src/a.ts\n2-export const two = load(one, "x");\n3:export const three = 3;');
    expect(texts[4]).toBe('nothing matches; what git ignores was not searched');
    expect(texts[5]).toContain('unclosed group');
    expect(texts[6]).toContain('the pattern is not one piece of typescript');
    expect(texts[7]).toContain('language: expected with kind syntax');
  });

  it('gives bounded answers to calls without bounds', async () => {
    const { turn } = await bench.open();
    const { texts } = await turn(
      ['run', { command: "mkdir many && cd many && for i in $(seq 1500); do echo 'match me' >f$i; done" }],
      ['list', { path: 'many' }],
      ['search', { pattern: 'match' }],
      ['read', { path: 'src/long.txt', lines: 2000 }],
    );
    expect(texts[1]?.split('\n').at(-1)).toBe('[1000 more; list a part of it]');
    expect(texts[2]?.split('\n').at(-1)).toBe('[there is more: narrow it by paths, glob or pattern]');
    for (const text of texts) expect(text.length).toBeLessThan(41_000);
  });

  it('edits what occurs once, or everywhere, keeps line ends, and makes files', async () => {
    const { turn } = await bench.open();
    const { texts, result } = await turn(
      ['edit', { path: 'src/a.ts', old: 'one = 1', new: 'one = $& 11' }],
      ['edit', { path: 'src/twice.txt', old: 'same', new: 'other' }],
      ['edit', { path: 'src/twice.txt', old: 'same', new: 'other', all: true }],
      ['edit', { path: 'src/crlf.txt', old: 'one\ntwo', new: 'one\n2' }],
      ['edit', { path: 'src/b.py', old: 'def half(n):\n  return', new: 'x' }],
      ['edit', { path: 'src/a.ts', old: 'missing', new: 'x' }],
      ['edit', { path: 'src/a.ts', old: '', new: 'x' }],
      ['edit', { path: 'src/new/file.ts', old: '', new: 'made\n' }],
      ['edit', { path: 'src/latin1.txt', old: 'caf', new: 'x' }],
      ['edit', { path: 'link-inside', old: 'three', new: 'x' }],
    );
    expect(texts).toEqual([
      'src/a.ts: replaced in line 1',
      'src/twice.txt: old occurs 2 times, in lines 1, 2; give more of the text around it, or all',
      'src/twice.txt: replaced in lines 1, 2',
      'src/crlf.txt: replaced in line 1',
      'src/b.py: old does not occur in it, but it does with other white space, from about line 1',
      'src/a.ts: old does not occur in it; read the file again',
      'src/a.ts is there already: give the old text that is to be replaced',
      'src/new/file.ts: made',
      'src/latin1.txt: not UTF-8 text (5 bytes)',
      'link-inside: link-inside is a link; name its target',
    ]);
    expect(await bench.changes(result.tree)).toEqual([
      'modified src/a.ts',
      'modified src/crlf.txt',
      'added src/new/file.ts',
      'modified src/twice.txt',
    ]);
    expect(await bench.content(result.tree, 'src/a.ts')).toContain('one = $& 11;');
    expect(await bench.content(result.tree, 'src/crlf.txt')).toBe('one\r\n2\r\n');
  });

  it('applies a whole patch or nothing of it, and names the hunk that does not fit', async () => {
    const { turn } = await bench.open();
    const head = '--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,1 +1,1 @@\n-export const one = 1;\n+export const one = 2;\n';
    const create = '--- /dev/null\n+++ b/src/p.txt\n@@ -0,0 +1,1 @@\n+made\n';
    const remove = '--- a/src/b.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-def half(n):\n-    return round(n / 2)\n';
    const wrong = '@@ -3,1 +3,1 @@\n-export const three = 4;\n+x\n';
    const bad = await turn(
      ['patch', { patch: create + head + wrong }],
      ['patch', { patch: 'not a patch' }],
      ['patch', { patch: head.replace('-1,1', '-1,7') }],
      ['patch', { patch: 'diff --git a/src/a.ts b/src/z.ts\nrename from src/a.ts\nrename to src/z.ts\n' }],
    );
    expect(bad.texts[0]).toContain('src/a.ts: hunk 2 of 2 (@@ -3,1 @@) does not fit; nothing was changed');
    expect(bad.texts[1]).toContain('expected');
    expect(bad.texts[2]).toContain('not a unified diff');
    expect(bad.texts[3]).toContain('does not rename');
    expect(bad.result.tree).toBe(bench.tree);
    const { texts, result } = await turn(['patch', { patch: create + head + remove }]);
    expect(texts).toEqual(['patched src/p.txt, src/a.ts, src/b.py']);
    expect(await bench.changes(result.tree)).toEqual(['modified src/a.ts', 'deleted src/b.py', 'added src/p.txt']);
  });

  it('runs commands in a directory and a time, with both streams as one and the exit code', async () => {
    const { turn } = await bench.open();
    const { texts, errors, result, beats } = await turn(
      ['run', { command: 'pwd; echo bad >&2; echo good; exit 3', in: 'src' }],
      ['run', { command: 'true' }],
      ['run', { command: 'sleep 30', timeoutSeconds: 1 }],
      ['run', { command: 'echo still here' }],
      ['run', { command: 'true', in: 'nowhere' }],
      ['run', { command: 'true', in: '../etc' }],
      ['run', { command: 'true', timeoutSeconds: 601 }],
    );
    expect(texts.slice(0, 4)).toEqual([
      'exit code 3\n/workspace/src\nbad\ngood',
      'exit code 0\n(no output)',
      'ended after 1 s: it took too long\n(no output)',
      'exit code 0\nstill here',
    ]);
    expect(texts[4]).toContain('exit code 126');
    expect(texts[5]).toContain('without ".."');
    expect(texts[6]).toContain('timeoutSeconds: Too big');
    expect(errors).toEqual([true, false, true, false, true, true, true]);
    expect(result.did).toContain('ran pwd; echo bad >&2; echo good; exit 3 (exit 3), ran true (exit 0)');
    expect(beats).toContain('run pwd; echo bad >&2; echo good; exit 3: good');
  });

  it('cuts a long output, keeps all of it, and lets only its own conversation read it on', async () => {
    const { turn } = await bench.open();
    const { texts } = await turn(['run', { command: 'seq 1 1500000' }]);
    const [text = ''] = texts;
    expect(text.length).toBeLessThan(8500);
    expect(text.startsWith('exit code 0\n1\n2\n')).toBe(true);
    expect(text.endsWith('1499999\n1500000')).toBe(true);
    const sha256 = /output "([0-9a-f]{64})" from 4000/.exec(text)?.[1] ?? '';
    const whole = `exit code 0\n${Array.from({ length: 1_500_000 }, (_, index) => index + 1).join('\n')}`;
    expect(whole.length).toBeGreaterThan(10_000_000);
    expect(createHash('sha256').update(whole).digest('hex')).toBe(sha256);
    const parts = await turn(
      ['read', { output: sha256, from: 4000, characters: 100 }],
      ['read', { output: sha256, from: whole.length - 10 }],
      ['read', { output: sha256 }],
    );
    expect(parts.texts[0]).toBe(`[characters 4000 to 4100 of ${whole.length}]\n${whole.slice(4000, 4100)}`);
    expect(parts.texts[1]?.endsWith(`\n${whole.slice(-10)}`)).toBe(true);
    expect(parts.texts[2]?.split('\n')[1]).toBe('exit code 0');
    const stranger = await bench.open({ key: 'stranger' });
    const refused = await stranger.turn(['read', { output: sha256 }]);
    expect(refused.texts).toEqual([`no output of yours has the name ${sha256}`]);
    expect(refused.result).toMatchObject({ refused: 1, did: 'was refused a call' });
  });

  it('reads side by side, and writes in order', async () => {
    const { workspaces } = bench.bench.host;
    const limits = { memoryMiB: 512, processes: 64, diskMiB: 64, outputBytes: 1_000_000 };
    const workspace = await workspaces.open({ repo: 'app', tree: bench.tree, layers: [], limits });
    const order = async (...calls: readonly unknown[]) => {
      const stdin = JSON.stringify({ scope: EVERYWHERE, calls });
      const { stdout } = await workspace.exec({ command: workspaces.tools, stdin, timeoutMs: 20_000 });
      return stdout
        .trim()
        .split('\n')
        .map((line) => FileAnswer.parse(JSON.parse(line)).call);
    };
    const slow = { tool: 'search', input: { ...SEARCH, kind: 'syntax', language: 'python', pattern: 'f($A)' } };
    const quick = { tool: 'read', input: { path: 'src/a.ts', lines: 1 } };
    const edit = { tool: 'edit', input: { path: 'src/new.txt', old: '', new: 'x', all: false } };
    const after = { tool: 'read', input: { path: 'src/new.txt', lines: 1 } };
    try {
      expect(await order(slow, quick)).toEqual([1, 0]);
      expect(await order(slow, edit, after, quick)).toEqual([0, 1, expect.any(Number), expect.any(Number)]);
    } finally {
      await workspace.close();
    }
  });

  it('does without ripgrep nothing at all, and says what to install', async () => {
    const input = JSON.stringify({
      scope: EVERYWHERE,
      calls: [{ tool: 'search', input: { ...SEARCH, kind: 'text', pattern: 'x' } }],
    });
    const options = { input, env: { PATH: '/nowhere' }, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/tools/main.js'], options);
    expect({ status, stdout, stderr }).toEqual({
      status: 3,
      stdout: '',
      stderr: 'ripgrep (rg) is missing: apt-get install ripgrep\n',
    });
    await expect(answersOf('echo it is missing >&2; exit 3')).rejects.toMatchObject({
      type: 'SandboxRefused',
      nonRetryable: true,
      message: expect.stringContaining('it is missing'),
    });
  });

  it('takes no line for an answer that is none, or is the second one', async () => {
    const said = [
      'nonsense',
      '{"call":0}',
      '{"call":7,"outcome":"done","text":"stranger"}',
      '{"call":1,"outcome":"done","text":"first"}',
      '{"call":1,"outcome":"done","text":"second"}',
    ];
    expect(await answersOf(`${said.map((line) => `echo '${line}'`).join('; ')}; exit 9`)).toEqual([
      { call: 1, outcome: 'done', text: 'first' },
      { call: 0, outcome: 'failed', text: 'the tool ended without an answer (exit code 9)' },
    ]);
  });

  /** What is made of the words of another program in the place of ours, asked two things. */
  async function answersOf(script: string) {
    const limits = { memoryMiB: 512, processes: 64, diskMiB: 64, outputBytes: 1_000_000 };
    const workspace = await bench.bench.host.workspaces.open({ repo: 'app', tree: bench.tree, layers: [], limits });
    const answers: unknown[] = [];
    const call = { tool: 'read', input: { path: 'src/a.ts', lines: 1, characters: 1 } } as const;
    const place = { workspace, tools: ['/bin/sh', '-c', script], scope: EVERYWHERE, beat: () => undefined };
    try {
      await runFiles({ ...place, signal: new AbortController().signal }, [call, call], (index, answer) =>
        answers.push({ call: index, ...answer }),
      );
      return answers;
    } finally {
      await workspace.close();
    }
  }

  it('shows images for what they are', async () => {
    const { turn } = await bench.open();
    const { message, texts } = await turn(
      ['view_image', { path: 'src/pixel.png' }],
      ['view_image', { path: 'src/a.ts' }],
    );
    const [first] = message.parts;
    expect(first).toMatchObject({
      content: [{ type: 'text' }, { type: 'image', mediaType: 'image/png', base64: PNG.toString('base64') }],
    });
    expect(texts[1]).toBe('src/a.ts: not a PNG, JPEG, GIF or WebP image');
  });
});
