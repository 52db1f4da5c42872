import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { judge } from './judge.js';
import { readJunit, type TestCase } from './junit.js';

const outcomes = (cases: readonly TestCase[]) => cases.map(({ id, outcome }) => `${outcome} ${id}`);

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'junit-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Runs node's own test runner over these files and returns what its reporter wrote. */
async function nodeReport(name: string, files: Readonly<Record<string, string>>) {
  const cwd = join(directory, name);
  const paths = Object.keys(files);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), `import { describe, it, test, before, after } from 'node:test';\n${text}\n`);
  }
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const reporter = ['--test-reporter=junit', '--test-reporter-destination=report.xml'];
  const exitCode = await new Promise<number>((resolve) => {
    const child = execFile(process.execPath, ['--test', ...reporter, ...paths], { cwd, env });
    child.on('exit', (code) => resolve(code ?? -1));
  });
  const cases = readJunit(await readFile(join(cwd, 'report.xml'), 'utf8'), paths);
  return { exitCode, cases, report: { cases } };
}

describe("the report of node's runner", () => {
  it('gives the title path of nested suites, and no file', async () => {
    const { cases } = await nodeReport('nested', {
      'test/a.test.mjs': `
        describe('pages', () => {
          describe('of shipments', () => {
            it('start late', () => { throw new Error('1 > 0 & <b>'); });
            it.skip('are skipped', () => {});
            it('end early', () => {});
          });
          it('have a size', () => {});
        });
        test('stands alone', () => {});`,
      'test/deep/b.test.mjs': `describe('pages', () => { it('have a size', () => {}); });`,
    });
    expect(outcomes(cases)).toEqual([
      'fail ::pages > of shipments > start late',
      'skip ::pages > of shipments > are skipped',
      'pass ::pages > of shipments > end early',
      'pass ::pages > have a size',
      'pass ::stands alone',
      'pass ::pages > have a size',
    ]);
  });

  it('gives titles as they were written, with quotes and markup', async () => {
    const { cases } = await nodeReport('titles', {
      'a.test.mjs': `test(\`says "hello" & 'bye' <b>ünï</b> 1 > 0\`, () => {}); describe('"q"', () => { it('x', () => {}); });`,
    });
    expect(outcomes(cases)).toEqual([`pass ::says "hello" & 'bye' <b>ünï</b> 1 > 0`, 'pass ::"q" > x']);
  });

  it('does not take a file for a test when it ended before its tests ran', async () => {
    const ended = await nodeReport('exit', {
      'test/a.test.mjs': `process.exit(0); test('never', () => {});`,
      'test/b.test.mjs': `test('ends everything', () => { process.exit(0); });`,
      'test/c.test.mjs': '',
    });
    expect(ended.exitCode).toBe(0);
    expect(ended.cases).toEqual([]);
    expect(judge(ended, []).reason).toBe('no tests ran');
  });

  it('names a file that does not load as a survey names it', async () => {
    const { cases } = await nodeReport('load', { 'test/a.test.mjs': `throw new Error('at once');` });
    expect(outcomes(cases)).toEqual(['fail test/a.test.mjs::(load)']);
  });

  it('has what is still to do as skipped, whether it fails or not', async () => {
    const { exitCode, cases } = await nodeReport('todo', {
      'a.test.mjs': `it.todo('one day'); it('soon', { todo: true }, () => { throw new Error('not yet'); });`,
    });
    expect(exitCode).toBe(0);
    expect(outcomes(cases)).toEqual(['skip ::one day', 'skip ::soon']);
  });

  it('has tests with subtests as suites', async () => {
    const { cases } = await nodeReport('subtests', {
      'a.test.mjs': `test('all', async (t) => {
        await t.test('one', () => {});
        await t.test('two', () => { throw new Error('no'); });
      });`,
    });
    expect(outcomes(cases)).toEqual(['pass ::all > one', 'fail ::all > two']);
  });

  it('loses the failure of a test whose subtests pass, but its totals tell', async () => {
    const { cases } = await nodeReport('own', {
      'a.test.mjs': `test('all', async (t) => { await t.test('one', () => {}); throw new Error('itself'); });
        test('known', () => { throw new Error('known'); });`,
    });
    expect(outcomes(cases)).toEqual(['pass ::all > one', 'fail ::known', 'fail ::(a test with subtests)']);
    expect(judge({ exitCode: 1, report: { cases } }, [], { passing: [], failing: ['::known'] }).outcome).toBe('fail');
  });

  it('has tests as failed whose hooks fail', async () => {
    const { cases } = await nodeReport('hooks', {
      'a.test.mjs': `describe('s', () => { before(() => { throw new Error('hook'); }); it('never', () => {}); });`,
    });
    expect(outcomes(cases)).toEqual(['fail ::s > never']);
  });
});

// Written by pytest 9.2.
const PYTEST = `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="3" failures="2" skipped="2" tests="16" time="0.040" timestamp="2026-11-21T11:22:28.848141+00:00" hostname="vm"><testcase classname="" name="tests.test_broken" time="0.000"><error message="collection failure">tests/test_broken.py:1: in &lt;module&gt;
    raise RuntimeError("load")</error></testcase><testcase classname="tests.test_x.TestClass" name="test_name" time="0.000" /><testcase classname="tests.test_x.TestClass.TestInner" name="test_deep" time="0.000"><failure message="AssertionError: &lt;&amp;&gt;#x1B[31m&#10;assert 1 == 2">self = &lt;test_x.TestClass.TestInner object at 0x7f6a&gt;</failure></testcase><testcase classname="tests.test_x" name="test_name[1]" time="0.000" /><testcase classname="tests.test_x" name="test_name[x y]" time="0.000" /><testcase classname="tests.test_x" name="test_name[a::b]" time="0.000" /><testcase classname="tests.test_x" name="test_name[&lt;&amp;&quot;'&gt;]" time="0.000" /><testcase classname="tests.test_x" name="test_skipped" time="0.000"><skipped type="pytest.skip" message="no">tests/test_x.py:15: no</skipped></testcase><testcase classname="tests.test_x" name="test_xfail" time="0.000"><skipped type="pytest.xfail" message="" /></testcase><testcase classname="tests.test_x" name="test_setup_error" time="0.000"><error message="failed on setup with &quot;RuntimeError: setup&quot;">@pytest.fixture</error></testcase><testcase classname="tests.test_x" name="test_teardown_error" time="0.000"><error message="failed on teardown with &quot;RuntimeError: teardown&quot;">@pytest.fixture</error></testcase><testcase classname="tests.test_x.Old" name="test_old" time="0.000" /></testsuite></testsuites>`;

describe('the report of pytest', () => {
  it('gives ids as surveys do: file, classes, test with parameters', () => {
    const files = ['tests/test_x.py', 'tests/test_broken.py', 'tests/test_other.py'];
    expect(outcomes(readJunit(PYTEST, files))).toEqual([
      'fail tests/test_broken.py::(load)',
      'pass tests/test_x.py::TestClass > test_name',
      'fail tests/test_x.py::TestClass > TestInner > test_deep',
      'pass tests/test_x.py::test_name[1]',
      'pass tests/test_x.py::test_name[x y]',
      'pass tests/test_x.py::test_name[a::b]',
      `pass tests/test_x.py::test_name[<&"'>]`,
      'skip tests/test_x.py::test_skipped',
      'skip tests/test_x.py::test_xfail',
      'fail tests/test_x.py::test_setup_error',
      'fail tests/test_x.py::test_teardown_error',
      'pass tests/test_x.py::Old > test_old',
    ]);
  });
});

describe('reports that name the file', () => {
  it.each([
    ['as the suite', '<testsuite name="test/a.test.ts"><testcase classname="test/a.test.ts" name="pages &gt; start"/>'],
    ['as the class name', '<testsuite name="jest"><testcase classname="/w/test/a.test.ts" name="pages &gt; start"/>'],
    [
      'as an attribute',
      '<testsuite name="pages" file="/w/test/a.test.ts"><testcase name="start"/></testsuite><testsuite name="x">',
    ],
  ])('%s give its path from the module', (_, inside) => {
    const cases = readJunit(`<testsuites>${inside}</testsuite></testsuites>`, ['test/a.test.ts']);
    expect(cases[0]?.id).toBe('test/a.test.ts::pages > start');
  });
});

describe('a hostile report', () => {
  const padded = `<testsuites>${'<testcase name="a &lt; b" classname="test"/>'.repeat(200)}</testsuites>`;

  it.each([
    ['nothing', ''],
    ['not XML', 'all tests pass'],
    ['another document', '<html><body>all tests pass</body></html>'],
    ['two documents', `${padded}${padded}`],
    ['nested too deep', `${'<testsuite>'.repeat(5000)}${'</testsuite>'.repeat(5000)}`],
    ['a name that is none', '<testsuites><testcase name="a" __proto__="b"/></testsuites>'],
  ])('is refused: %s', (_, xml) => {
    expect(() => readJunit(xml, [])).toThrow();
  });

  it('is refused wherever it was cut off', () => {
    expect(readJunit(padded, [])).toHaveLength(200);
    for (let length = 1; length < padded.length; length += 97) {
      expect(() => readJunit(padded.slice(0, length), [])).toThrow();
    }
  });

  it('declares no entities', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuites><testcase name="&b;"/></testsuites>`;
    expect(() => readJunit(bomb, [])).toThrow('it declares a document type');
    expect(() => readJunit(`<?xml version="1.0"?>\n${bomb}`, [])).toThrow('it declares a document type');
  });

  it('forges no case in the text of a failure', () => {
    const text = '<testcase name="forged"/><!-- fail 7 -->';
    const escaped = text.replaceAll('<', '&lt;');
    for (const inside of [`<![CDATA[${text}]]>`, `<!-- ${text.slice(0, 24)} -->`, escaped]) {
      const xml = `<testsuites><testcase name="a"><failure>${inside}</failure></testcase></testsuites>`;
      expect(readJunit(xml, []).filter(({ id }) => id.includes('forged'))).toEqual([]);
    }
  });

  it('may be large', () => {
    const many = `<testsuites>${'<testcase name="a &lt; b"><failure>&amp; &lt;</failure></testcase>'.repeat(20_000)}</testsuites>`;
    expect(readJunit(many, [])).toHaveLength(20_000);
  });
});
