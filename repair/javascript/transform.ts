// Turns one source text into a script that a vm context runs as a CommonJS module. Runs in the runner's thread.
import vm from 'node:vm';
import swc from '@swc/core';

const WRAPPER = '(function (exports, require, module, __filename, __dirname) {';

export interface Compiled {
  readonly script: vm.Script;
  /** The code that runs, wrapper included, so that offsets of V8 coverage fit. */
  readonly code: string;
  /** Present when the code is not the source text. */
  readonly map?: string;
}

export function compile({ file, text }: { readonly file: string; readonly text: string }): Compiled {
  const plain = text.startsWith('#!') ? `//${text}` : text;
  const { code, map } = needsTransform(file, plain) ? transform(file, plain) : { code: plain, map: undefined };
  const wrapped = `${WRAPPER}${code}\n})`;
  const script = new vm.Script(wrapped, { filename: file });
  return map === undefined ? { script, code: wrapped } : { script, code: wrapped, map };
}

export const WRAPPER_LENGTH = WRAPPER.length;

function needsTransform(file: string, text: string): boolean {
  if (/\.[mc]?tsx?$|\.jsx$|\.mjs$/.test(file)) return true;
  return /^\s*(import|export)\b/m.test(text) || /\bimport\s*\(|\bimport\.meta\b/.test(text);
}

function transform(file: string, text: string): { readonly code: string; readonly map: string | undefined } {
  const typescript = /\.[mc]?tsx?$/.test(file);
  const result = swc.transformSync(text, {
    filename: file,
    swcrc: false,
    configFile: false,
    sourceMaps: true,
    isModule: file.endsWith('.cjs') || file.endsWith('.cts') ? 'unknown' : true,
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2022',
      parser: typescript
        ? { syntax: 'typescript', tsx: file.endsWith('x'), decorators: true }
        : { syntax: 'ecmascript', jsx: true },
      transform: { react: { runtime: 'automatic' } },
    },
  });
  return { code: result.code, map: result.map };
}
