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
  const options = new RegExp(String.raw`\(0,(\w+)\.setWorkflowOptions\)\(\{.*\}, ${type}\);`).exec(bundle);
  if (!options) throw new Error(`workflow ${type} does not say how it is versioned: call setWorkflowOptions beside it`);
  const file = bundle.slice(0, bundle.indexOf('\n/***/ }),', options.index));
  const body = new RegExp(String.raw`async function ${within}\(.*\) \{\n`, 'g');
  body.lastIndex = file.lastIndexOf('\n/***/ ', options.index);
  const found = body.exec(file);
  if (!found) throw new Error(`the file of workflow ${type} has no function ${within}`);
  const at = found.index + found[0].length;
  return `${bundle.slice(0, at)}${statement.replaceAll('$', options[1] ?? '')}\n${bundle.slice(at)}`;
}
