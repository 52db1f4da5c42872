import { type DetectedModule, globs, type Part } from './detect-javascript.js';

// A module in Python: its requirements and its test runner.

const REPORT = 'reports/junit.xml';
const TEST_FILE = /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/;
const REQUIREMENTS = ['requirements.lock', 'requirements-dev.txt', 'requirements.txt'];
const DESCRIPTIONS = ['pyproject.toml', 'setup.cfg', 'setup.py', 'pytest.ini', 'tox.ini', ...REQUIREMENTS];

export function pythonModule(part: Part): DetectedModule | undefined {
  const described = DESCRIPTIONS.filter((file) => part.files.includes(file));
  const tests = part.files.filter((file) => TEST_FILE.test(file));
  if (described.length === 0 || tests.length === 0) return undefined;
  const pytest =
    described.some((file) => file === 'pytest.ini' || /\bpytest\b/.test(part.read(file))) ||
    tests.some((file) => /\bimport pytest\b|^def test_/m.test(part.read(file)));
  const sources = part.files.filter(
    (file) => file.endsWith('.py') && !TEST_FILE.test(file) && !/conftest\.py$|^setup\.py$/.test(file),
  );
  const requirements = REQUIREMENTS.filter((file) => part.files.includes(file)).slice(0, 1);
  const install = [
    ...requirements.map((file) => `-r ${file}`),
    ...(needsPytest(part, requirements, pytest) ? ['pytest'] : []),
  ];
  const path = part.files.some((file) => file.startsWith('src/')) ? '.deps:src:.' : '.deps:.';
  const lockfiles = requirements.length > 0 ? requirements : described.slice(0, 1);
  const hashed = requirements.some((file) => part.read(file).includes('--hash='));
  return {
    name: part.name,
    module: {
      path: part.path,
      language: 'python',
      runner: pytest ? 'pytest' : 'unittest',
      sources: globs(sources),
      tests: globs(tests),
    },
    ...(install.length > 0
      ? {
          setup: {
            command: `python3 -m pip install ${hashed ? '--require-hashes ' : ''}--target .deps ${install.join(' ')}`,
            lockfiles,
            registries: ['pypi'],
          },
        }
      : {}),
    checks: [],
    tests: pytest
      ? { command: `mkdir -p reports && PYTHONPATH=${path} python3 -m pytest -q --junitxml=${REPORT}`, report: REPORT }
      : { command: `PYTHONPATH=${path} ${UNITTEST}` },
    notes: [
      ...(pytest
        ? []
        : ['unittest writes no report: whether the right tests ran is for a person to say; pytest would']),
      ...(install.length > 0 && !hashed
        ? ['pin the requirements with hashes, so that every run has the same packages']
        : []),
      ...(requirements.length === 0 && part.files.includes('pyproject.toml')
        ? ['dependencies of pyproject.toml are not installed by the setup step; put them in a requirements file']
        : []),
    ],
  };
}

/** As `python3 -m unittest discover`, but without any test it fails. */
const UNITTEST = `python3 -c "import sys, unittest; r = unittest.main(module=None, argv=['unittest', 'discover'], exit=False).result; sys.exit(not r.wasSuccessful() or r.testsRun == 0)"`;

function needsPytest(part: Part, requirements: readonly string[], pytest: boolean): boolean {
  return pytest && !requirements.some((file) => /^pytest\b/m.test(part.read(file)));
}
