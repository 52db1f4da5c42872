import { XMLParser, XMLValidator } from 'fast-xml-parser';

export interface TestCase {
  /** `<file>::<title path>` where the report names the file, else `::<title path>`. */
  readonly id: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
}

interface XmlNode {
  readonly ':@'?: Readonly<Record<string, string>>;
  readonly [tag: string]: unknown;
}

/** What a survey calls a test file that does not load. */
const LOAD = '(load)';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  // Runners write characters as numbers too; entities that the report itself declares are refused below.
  htmlEntities: true,
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
});

/**
 * The test cases of a JUnit report. Throws when the text is not one, or not all of one: what cannot be read is not a
 * result. `files` are the test files of the module, by which surveys name tests.
 */
export function readJunit(xml: string, files: readonly string[]): TestCase[] {
  if (/^[^<]*(?:<\?[^>]*>[^<]*)?<!DOCTYPE/i.test(xml)) throw new Error('it declares a document type');
  // The parser forgives a report that was cut off in the middle; its first half would look like a result.
  const valid = XMLValidator.validate(xml);
  if (valid !== true) throw new Error(`it is not well-formed XML, line ${valid.err.line}: ${valid.err.msg}`);
  const roots = parser.parse(xml) as XmlNode[];
  const top = roots.find((node) => 'testsuites' in node || 'testsuite' in node);
  if (!top) throw new Error('it has no <testsuites>');
  const read: Reading = { files, cases: [], redSuites: 0 };
  walk([top], { titles: [] }, read);
  return [...read.cases, ...unlisted(xml, read)];
}

interface Reading {
  readonly files: readonly string[];
  readonly cases: TestCase[];
  /** Suites with a failing case inside: some are tests with subtests, which a report can't tell from groups. */
  redSuites: number;
}

interface Place {
  readonly file?: string;
  readonly titles: readonly string[];
}

/** Whether a case failed inside. */
function walk(nodes: readonly XmlNode[], place: Place, read: Reading): boolean {
  let red = false;
  for (const node of nodes) {
    if (Array.isArray(node.testsuites)) red = walk(node.testsuites as XmlNode[], place, read) || red;
    if (Array.isArray(node.testsuite)) {
      const redInside = walk(node.testsuite as XmlNode[], suitePlace(node[':@'] ?? {}, place, read.files), read);
      if (redInside) read.redSuites++;
      red = redInside || red;
    }
    if (Array.isArray(node.testcase)) {
      const found = testCase(node, place, read.files);
      if (found) read.cases.push(found);
      red = found?.outcome === 'fail' || red;
    }
  }
  return red;
}

/** vitest and jest name the file as a suite, mocha as an attribute of one. */
function suitePlace(attributes: Readonly<Record<string, string>>, outer: Place, files: readonly string[]): Place {
  const name = titleOf(attributes);
  const byName = knownFile(name, files);
  if (byName) return { file: byName, titles: [] };
  const file = knownFile(attributes.file, files) ?? outer.file;
  return { ...(file && { file }), titles: [...outer.titles, name] };
}

function testCase(node: XmlNode, place: Place, files: readonly string[]): TestCase | undefined {
  const attributes = node[':@'] ?? {};
  const children = node.testcase as XmlNode[];
  const has = (tag: string) => children.some((child) => tag in child);
  // A test that is marked as still to do may fail: its runner does not count it, and neither is it a pass.
  const outcome = has('skipped') ? 'skip' : has('failure') || has('error') ? 'fail' : 'pass';
  const wholeFile = standsForFile(attributes, place, files);
  // When the file ended with exit code 0 it is written as passed, although no test ran.
  if (wholeFile !== undefined) return outcome === 'fail' ? { id: `${wholeFile}::${LOAD}`, outcome } : undefined;
  return { id: testId(attributes, place, files), outcome };
}

/** The file of a case that stands for a file in which no test ran: node writes its path, pytest its module. */
function standsForFile(
  { name = '', classname }: Readonly<Record<string, string>>,
  { titles }: Place,
  files: readonly string[],
): string | undefined {
  if (classname === '') return moduleFile(name, files)?.file;
  if (titles.length > 0) return undefined;
  return knownFile(name, files) ?? (/^(?:\/|[A-Z]:\\).+\.[cm]?[jt]sx?$/.test(name) ? name : undefined);
}

/**
 * node nests suites by `describe` and names no file; pytest gives module and class, dotted, as `classname`; vitest
 * gives the file there.
 */
function testId(attributes: Readonly<Record<string, string>>, place: Place, files: readonly string[]): string {
  const classname = attributes.classname ?? '';
  const name = titleOf(attributes);
  const byModule = moduleFile(classname, files);
  if (byModule) return `${byModule.file}::${[...byModule.rest, name].join(' > ')}`;
  const byClass = knownFile(classname, files);
  if (byClass) return `${byClass}::${name}`;
  const file = knownFile(attributes.file, files) ?? place.file ?? '';
  return `${file}::${[...place.titles, name].join(' > ')}`;
}

/** node's reporter escapes a quote twice. */
function titleOf({ name = '' }: Readonly<Record<string, string>>): string {
  return name.replaceAll('&quot;', '"');
}

function knownFile(path: string | undefined, files: readonly string[]): string | undefined {
  if (!path) return undefined;
  const written = path.replaceAll('\\', '/');
  return files.find((known) => written === known || written.endsWith(`/${known}`));
}

function moduleFile(classname: string, files: readonly string[]): { file: string; rest: string[] } | undefined {
  const parts = classname.split('.');
  for (let length = parts.length; length > 0; length--) {
    const file = `${parts.slice(0, length).join('/')}.py`;
    if (files.includes(file)) return { file, rest: parts.slice(length) };
  }
  return undefined;
}

/**
 * node writes a test with subtests as a suite and loses its own failure there; only the totals at the end of the
 * report tell of it.
 */
function unlisted(xml: string, { cases, redSuites }: Reading): TestCase[] {
  const totals = xml.slice(-600);
  const last = (name: string) =>
    Number([...totals.matchAll(new RegExp(`<!-- ${name} (\\d+) -->`, 'g'))].at(-1)?.[1] ?? 0);
  const listed = cases.filter(({ outcome }) => outcome === 'fail').length;
  const count = Math.min(1000, last('fail') + last('cancelled') - listed - redSuites);
  return Array.from({ length: Math.max(0, count) }, () => ({ id: '::(a test with subtests)', outcome: 'fail' }));
}

/** The title path as every reporter can write it: node's drops line breaks from titles. */
export function titlesOf(id: string): string {
  return id.slice(id.indexOf('::')).replaceAll('\n', '');
}
