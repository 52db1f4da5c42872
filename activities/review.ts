import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import picomatch from 'picomatch';
import type { Blueprint } from '../schemas/blueprint.js';
import type { Finding } from '../schemas/finding.js';
import type { ChangedFile, Depot, SecretScanner } from './ports.js';

/** Paths that decide which checks run: only people change them, agents never. */
export const FOR_PEOPLE_ONLY = [
  'signalbox.yaml',
  '{.github,.gitea,.forgejo,.circleci,.buildkite,.ci,.husky}/**',
  '{.gitlab-ci,.travis,.drone,appveyor,azure-pipelines,bitbucket-pipelines,.pre-commit-config}.{yml,yaml}',
  '**/Jenkinsfile',
];

/** Paths that decide what counts as green, or what runs at all: a change of theirs always needs a person. */
export const ALWAYS_PROTECTED = [
  ...FOR_PEOPLE_ONLY,
  '**/{Makefile,GNUmakefile,makefile}',
  '**/{package-lock.json,npm-shrinkwrap.json,yarn.lock,pnpm-lock.yaml,bun.lock,bun.lockb,requirements*.lock,poetry.lock,uv.lock,pdm.lock,Pipfile.lock}',
  // Manifests hold scripts, module maps and the configuration of test runners, besides dependencies.
  '**/{package.json,pyproject.toml,Pipfile,pnpm-workspace.yaml}',
  '**/{requirements,constraints}*.txt',
  '**/requirements/*.txt',
  '**/{jest,vitest,vite,playwright,karma,ava,cypress,babel,eslint}.config.*',
  '**/{.mocharc,.eslintrc,.babelrc,.swcrc,.nycrc,.c8rc}*',
  '**/{tsconfig*.json,biome.json,biome.jsonc}',
  '**/{pytest.ini,.pytest.ini,pytest.toml,.pytest.toml,conftest.py,tox.ini,setup.cfg,setup.py,.coveragerc,noxfile.py,mypy.ini,ruff.toml,.flake8}',
  // Python runs these before any test.
  '**/{sitecustomize.py,usercustomize.py,*.pth}',
  '**/{__mocks__,__snapshots__}/**',
  '**/{.npmrc,.yarnrc,.yarnrc.yml,.pnpmfile.cjs,pip.conf,.env}',
  '**/{.gitattributes,.gitmodules,.gitconfig}',
];

const SUPPRESSIONS: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  {
    pattern:
      /eslint-disable|biome-ignore|@ts-(?:ignore|nocheck|expect-error)|#\s{0,9}(?:noqa|nosec|type:\s{0,9}ignore|pyright:\s{0,9}ignore|pylint:\s{0,9}disable|mypy:\s{0,9}ignore|pragma:\s{0,9}no cover)|(?:istanbul|c8|v8) ignore|node:coverage (?:ignore|disable)/,
    message: 'switches a check off',
  },
  {
    pattern:
      /\b(?:describe|suite|it|test|t)\.(?:skip|only|todo|fails|failing|fixme)\b|\bx(?:it|test|describe)\(|\bpytest\.(?:mark\.(?:skip|xfail)|skip\(|xfail\()|@(?:unittest\.)?(?:skip(?:If|Unless)?|expectedFailure)\b|\bself\.skipTest\(/,
    message: 'leaves a test out',
  },
  {
    pattern:
      /\b(?:NODE_TEST_CONTEXT|JEST_WORKER_ID|VITEST_WORKER_ID|VITEST_POOL_ID|PYTEST_CURRENT_TEST)\b|\.signalbox-holdout|["']pytest["']\s{1,9}(?:not\s{1,9})?in\s{1,9}sys\.modules/,
    message: 'behaves in another way when it is tested',
  },
];

/** A line is looked at so far and no farther. */
const LINE_CHARACTERS = 2_000;

export interface ReviewInput {
  readonly repo: string;
  /** Commits. */
  readonly from: string;
  readonly to: string;
  readonly blueprint: Pick<Blueprint, 'policy' | 'modules' | 'gates' | 'scenarios'>;
  /** Globs that the change had to stay in; undefined when there was no such promise. */
  readonly touches?: readonly string[];
}

export interface ReviewPorts {
  readonly depot: Pick<Depot, 'diff'>;
  readonly secrets: SecretScanner;
}

export function createReviewActivities({ depot, secrets }: ReviewPorts) {
  return {
    /** The rules that look at every change. Equal remarks keep their id over rounds. */
    async reviewChange(input: ReviewInput): Promise<Finding[]> {
      const files = await depot.diff(input.repo, input.from, input.to);
      const findings = [...files.flatMap((file) => fileFindings(file, input)), ...sizeFindings(files, input)];
      for (const file of files) {
        const added = file.addedLines.map(({ text }) => text).join('\n');
        for (const hit of await secrets.scan(file.path, added)) {
          const line = file.addedLines[hit.line - 1];
          findings.push(
            finding({
              rule: 'secret',
              severity: 'blocker',
              risk: 'high',
              path: file.path,
              line,
              about: hit.message,
              message: `adds a secret (${hit.message})`,
            }),
          );
        }
      }
      // The same remark on several lines of a file is one remark.
      return [...new Map(findings.toReversed().map((each) => [each.id, each])).values()].toReversed();
    },
  };
}

export type ReviewActivities = ReturnType<typeof createReviewActivities>;

interface Remark extends Pick<Finding, 'rule' | 'severity' | 'risk' | 'path' | 'message'> {
  readonly line?: { readonly line: number; readonly text: string } | undefined;
  /** What makes two remarks of one rule on one path different. */
  readonly about: string;
}

/** A remark under the id that it keeps over rounds. */
export function finding({ line, about, ...remark }: Remark): Finding {
  const id = createHash('sha256').update([remark.rule, remark.path, about].join('\0')).digest('hex').slice(0, 16);
  return { id, ...remark, ...(line && { line: line.line }) };
}

function fileFindings(file: ChangedFile, { blueprint, touches }: ReviewInput): Finding[] {
  const { path } = file;
  const found: Finding[] = [];
  const protection = protectionOf(file, blueprint);
  if (protection) {
    found.push(
      finding({ rule: 'protected-path', severity: 'person', risk: 'high', path, about: '', message: protection }),
    );
  }
  if (file.status !== 'added' && isTest(path, blueprint)) {
    found.push(
      finding({
        rule: 'test-changed',
        severity: 'person',
        risk: 'high',
        path,
        about: file.status,
        message: `is a test that existed and was ${file.status}`,
      }),
    );
  }
  if (touches && !picomatch([...touches], { dot: true })(path)) {
    found.push(
      finding({
        rule: 'outside-touches',
        severity: 'blocker',
        risk: 'medium',
        path,
        about: '',
        message: `lies outside of what the task may touch (${touches.join(', ')})`,
      }),
    );
  }
  for (const line of file.addedLines) {
    const text = line.text.slice(0, LINE_CHARACTERS);
    const message = SUPPRESSIONS.find(({ pattern }) => pattern.test(text))?.message;
    if (message) {
      const about = text.trim();
      found.push(finding({ rule: 'suppression', severity: 'person', risk: 'medium', path, line, about, message }));
    }
  }
  const dependency = newDependency(file);
  if (dependency) {
    found.push(
      finding({
        rule: 'new-dependency',
        severity: 'person',
        risk: 'high',
        path,
        line: dependency,
        about: dependency.text.trim(),
        message: 'may bring in a new dependency',
      }),
    );
  }
  return found;
}

/** Why a person has to look at the path; undefined when nobody has to. */
export function protectionOf(
  { path, status, binary }: Pick<ChangedFile, 'path' | 'status' | 'binary'>,
  blueprint: ReviewInput['blueprint'],
): string | undefined {
  const matches = (globs: readonly string[]) => picomatch([...globs], { dot: true })(path);
  if (matches(blueprint.policy.protected)) return 'is protected by the policy of the repository';
  if (matches(ALWAYS_PROTECTED)) return 'is protected: it decides what runs and what counts as green';
  if (isPartOfGate(path, blueprint)) return 'is protected: a gate runs it';
  if (status === 'typechange') return 'became a file of another kind, such as a link';
  if (binary) return 'is binary: its change cannot be read';
  return undefined;
}

/** Files that commands of gates name, unless they are the sources that the gates are about; what lies beside scenarios. */
function isPartOfGate(path: string, blueprint: ReviewInput['blueprint']): boolean {
  const { gates, scenarios, modules } = blueprint;
  const inModule = (directory: string) => Object.values(modules).some((module) => module.path === directory);
  if (scenarios.some(({ in: at }) => at !== '.' && !inModule(at) && path.startsWith(`${at}/`))) return true;
  if (modulesOf(path, blueprint).some(({ sources, inside }) => picomatch(sources, { dot: true })(inside))) return false;
  return [...gates, ...scenarios].some(({ in: at, command }) =>
    command.split(/[\s"'`;&|()<>=]+/).some((word) => word !== '' && posix.join(at, word) === path),
  );
}

/** A declared dependency whose name no removed line had; a mere version bump is caught by the lockfile's protection. */
function newDependency(file: ChangedFile) {
  const pattern = /(?:^|\/)package\.json$/.test(file.path)
    ? /^\s*"((?:@[^"/]+\/)?[^"/]+)":\s*"(?:[~^<>=*\d]|latest|next|npm:|file:|link:|workspace:|git|https?:|[\w-]+\/)/
    : /(?:^|\/)(?:requirements[^/]*\.txt|requirements\/[^/]+\.txt)$/.test(file.path)
      ? /^\s*((?:-e\s+|git\+|https?:)\S+|[A-Za-z0-9][\w.-]*)/
      : /(?:^|\/)(?:pyproject\.toml|Pipfile)$/.test(file.path)
        ? /^\s*"?([A-Za-z0-9][\w.-]*)"?(?:\[[^\]]*\])?\s*(?:[=<>~!]=|=\s*["{]|")/
        : undefined;
  if (!pattern) return undefined;
  const nameIn = ({ text }: { readonly text: string }) => text.slice(0, LINE_CHARACTERS).match(pattern)?.[1];
  const before = new Set(file.removedLines.map(nameIn));
  return file.addedLines.find((line) => {
    const added = nameIn(line);
    return added !== undefined && !before.has(added);
  });
}

/** A test, or what lies beside tests and is no source: helpers and data decide what a test says. */
function isTest(path: string, blueprint: ReviewInput['blueprint']): boolean {
  return modulesOf(path, blueprint).some(({ tests, sources, inside }) => {
    if (picomatch(tests, { dot: true })(inside)) return true;
    const besideTests = tests.some((glob) => {
      const { base } = picomatch.scan(glob);
      return base !== '' && base !== '.' && inside.startsWith(`${base}/`);
    });
    return besideTests && !picomatch(sources, { dot: true })(inside);
  });
}

/** The modules that the path is in, with the path from there. */
function modulesOf(path: string, { modules }: ReviewInput['blueprint']) {
  return Object.values(modules).flatMap((module) => {
    const prefix = module.path === '.' ? '' : `${module.path}/`;
    return path.startsWith(prefix) ? [{ ...module, inside: path.slice(prefix.length) }] : [];
  });
}

function sizeFindings(files: readonly ChangedFile[], { blueprint }: ReviewInput): Finding[] {
  const lines = files.reduce((sum, file) => sum + file.addedLines.length + file.removedLines.length, 0);
  const limit = blueprint.policy.maxChangedLines;
  if (lines <= limit) return [];
  return [
    finding({
      rule: 'size',
      severity: 'person',
      risk: 'medium',
      path: '.',
      about: '',
      message: `changes ${lines} lines, more than ${limit}`,
    }),
  ];
}
