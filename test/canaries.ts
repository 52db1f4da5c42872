import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

// Words that must not leave, and where they were found, in whatever form they left.

export type Canaries = Readonly<Record<string, string>>;

/** Every form in which a word is looked for. Of base64 the part that does not depend on what stands before and after. */
export function formsOf(word: string): ReadonlyMap<string, Buffer> {
  const bytes = Buffer.from(word);
  const forms = new Map<string, string>([['raw', word]]);
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const own = text.slice(before === 0 ? 0 : before + 1, (before + bytes.length) % 3 === 0 ? undefined : -1);
    forms.set(`base64, ${before} bytes in`, own);
    forms.set(`base64url, ${before} bytes in`, own.replaceAll('+', '-').replaceAll('/', '_'));
  }
  const hex = bytes.toString('hex');
  forms.set('hex', hex).set('hex in capitals', hex.toUpperCase());
  forms.set('url', encodeURIComponent(word)).set('every byte for a url', hex.replace(/../g, '%$&'));
  forms.set('reversed', [...word].reverse().join(''));
  return new Map([...forms].map(([form, text]) => [form, Buffer.from(text)]));
}

/** `<canary> as <form>`, each once, in no order of meaning. */
export function leaksIn(contents: readonly Buffer[], canaries: Canaries): string[] {
  const found: string[] = [];
  for (const [name, word] of Object.entries(canaries)) {
    for (const [form, bytes] of formsOf(word)) {
      if (contents.some((content) => content.includes(bytes))) found.push(`${name} as ${form}`);
    }
  }
  return found;
}

/** Every file below, unpacked where it is packed. */
export function contentsBelow(directory: string, wanted: (path: string) => boolean = () => true): Buffer[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter(wanted)
    .flatMap((file) => {
      const bytes = readFileSync(file);
      return file.endsWith('.gz') ? [bytes, gunzipSync(bytes)] : [bytes];
    });
}

/**
 * Arguments and environments of the descendants of these that are in a namespace of their own: of whoever runs in the
 * sandbox. Those of `control` count in any.
 */
export function watchProcesses(roots: { readonly workers: number[]; readonly control: number[] }): {
  stop(): Buffer[];
} {
  const seen = new Map<string, Buffer>();
  const look = () => {
    const parents = new Map<number, number>();
    for (const name of readdirSync('/proc')) {
      const parent =
        /^\d+$/.test(name) && /^\d+ \(.*\) \S (\d+)/s.exec(readQuietly(`/proc/${name}/stat`).toString())?.[1];
      if (parent) parents.set(Number(name), Number(parent));
    }
    for (const pid of parents.keys()) {
      const isBelow = (some: readonly number[]) => {
        let ancestor = parents.get(pid);
        while (ancestor !== undefined && !some.includes(ancestor)) ancestor = parents.get(ancestor);
        return ancestor !== undefined;
      };
      const boxed = isBelow(roots.workers) && namespaceOf(pid) !== namespaceOf('self');
      if (!boxed && !isBelow(roots.control)) continue;
      for (const part of ['cmdline', 'environ']) {
        const bytes = readQuietly(`/proc/${pid}/${part}`);
        seen.set(bytes.toString('latin1'), bytes);
      }
    }
  };
  const timer = setInterval(look, 50);
  return {
    stop() {
      clearInterval(timer);
      return [...seen.values()];
    },
  };
}

function namespaceOf(pid: number | 'self'): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return namespaceOf('self');
  }
}

/** A process may be gone before it is read. */
function readQuietly(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
