/** Where a statement goes into the built bundle. */
interface Place {
  /** The workflow type whose file it is in. */
  readonly type: string;
  /** A function of that file, by default the workflow itself. */
  readonly within?: string;
}

/**
 * The bundle with a statement more at the start of a function, as if somebody had written it there. `$` in it stands
 * for the workflow SDK.
 */
export function planted(bundle: string, { type, within = type }: Place, statement: string): string {
  const chosen = new RegExp(String.raw`\(0,\w+\.versioned\)\('\w+', ${type}\);`).exec(bundle);
  if (!chosen) throw new Error(`workflow ${type} does not say how it is versioned: call versioned() beside it`);
  const from = bundle.lastIndexOf('\n/***/ ', chosen.index);
  const file = bundle.slice(from, bundle.indexOf('\n/***/ }),', chosen.index));
  const [, sdk = ''] = /= (__webpack_require__\(\/\*! @temporalio\/workflow \*\/ "[^"]+"\));/.exec(bundle) ?? [];
  const body = new RegExp(String.raw`async function ${within}\([\s\S]*?\) \{\n`).exec(file);
  if (!body) throw new Error(`the file of workflow ${type} has no function ${within}`);
  const at = from + body.index + body[0].length;
  return `${bundle.slice(0, at)}${statement.replaceAll('$', () => sdk)}\n${bundle.slice(at)}`;
}
