import { XMLParser } from 'fast-xml-parser';

export interface TestCase {
  /** `<file>::<title path>` where the report names the file, else `::<title path>`. */
  readonly id: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
}

interface XmlNode {
  readonly ':@'?: Readonly<Record<string, string>>;
  readonly [tag: string]: unknown;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  processEntities: true,
  parseTagValue: false,
  parseAttributeValue: false,
});

/**
 * The test cases of a JUnit report. Throws when the text is not one: what cannot be read is not a result.
 * `files` are the test files of the module; a report that names modules instead (pytest) is mapped to them.
 */
export function readJunit(xml: string, files: readonly string[]): TestCase[] {
  const roots = parser.parse(xml) as XmlNode[];
  const top = roots.find((node) => 'testsuites' in node || 'testsuite' in node);
  if (!top) throw new Error('the report has no <testsuites>');
  const cases: TestCase[] = [];
  walk([top], [], files, cases);
  return cases;
}

function walk(nodes: readonly XmlNode[], path: readonly string[], files: readonly string[], into: TestCase[]): void {
  for (const node of nodes) {
    if (Array.isArray(node.testsuites)) walk(node.testsuites as XmlNode[], path, files, into);
    if (Array.isArray(node.testsuite)) {
      walk(node.testsuite as XmlNode[], [...path, node[':@']?.name ?? ''], files, into);
    }
    if (Array.isArray(node.testcase)) into.push(testCase(node, path, files));
  }
}

function testCase(node: XmlNode, path: readonly string[], files: readonly string[]): TestCase {
  const attributes = node[':@'] ?? {};
  const children = node.testcase as XmlNode[];
  const has = (tag: string) => children.some((child) => tag in child);
  const outcome = has('failure') || has('error') ? 'fail' : has('skipped') ? 'skip' : 'pass';
  return { id: testId(attributes, path, files), outcome };
}

/**
 * Runners name a case in two ways: node's nests suites by `describe` (and may give a file), pytest's gives the
 * module and class, dotted, as `classname`.
 */
function testId(
  attributes: Readonly<Record<string, string>>,
  path: readonly string[],
  files: readonly string[],
): string {
  const name = attributes.name ?? '';
  const byModule = moduleFile(attributes.classname ?? '', files);
  if (byModule) return `${byModule.file}::${[...byModule.rest, name].join(' > ')}`;
  const file = files.find((known) => attributes.file?.endsWith(`/${known}`) || attributes.file === known) ?? '';
  return `${file}::${[...path, name].join(' > ')}`;
}

function moduleFile(classname: string, files: readonly string[]): { file: string; rest: string[] } | undefined {
  const parts = classname.split('.');
  for (let length = parts.length; length > 0; length--) {
    const file = `${parts.slice(0, length).join('/')}.py`;
    if (files.includes(file)) return { file, rest: parts.slice(length) };
  }
  return undefined;
}

/** Whether a report's case is the test that an id names; a report without files is compared by title alone. */
export function sameTest(reported: string, id: string): boolean {
  if (reported === id) return true;
  return reported.startsWith('::') && id.slice(id.indexOf('::')) === reported;
}
