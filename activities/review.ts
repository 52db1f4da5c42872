import { createHash } from 'node:crypto';
import picomatch from 'picomatch';
import type { Blueprint } from '../schemas/blueprint.js';
import type { Finding } from '../schemas/finding.js';
import type { ChangedFile, Depot, SecretScanner } from './ports.js';

/** Paths that decide what counts as green: a change of theirs always needs a person. */
export const ALWAYS_PROTECTED = [
  'signalbox.yaml',
  '.github/**',
  '.gitlab-ci.yml',
  '.gitea/**',
  '.circleci/**',
  '.ci/**',
  '**/Jenkinsfile',
  '**/{package-lock.json,npm-shrinkwrap.json,yarn.lock,pnpm-lock.yaml,requirements*.lock,poetry.lock,uv.lock,Pipfile.lock}',
  '**/{jest,vitest,playwright,karma,ava}.config.*',
  '**/.mocharc*',
  '**/{pytest.ini,conftest.py,tox.ini,setup.cfg,.coveragerc,noxfile.py}',
  '**/.npmrc',
  '**/{.gitattributes,.gitmodules}',
];

const SUPPRESSIONS =
  /eslint-disable|biome-ignore|@ts-(?:ignore|nocheck|expect-error)|#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)|istanbul ignore|c8 ignore|\.(?:skip|only|todo)\(|pytest\.mark\.(?:skip|xfail)|@unittest\.(?:skip|expectedFailure)/;

export interface ReviewInput {
  readonly repo: string;
  /** Commits. */
  readonly from: string;
  readonly to: string;
  readonly blueprint: Pick<Blueprint, 'policy' | 'modules'>;
  /** Globs that the change had to stay in; undefined when there was no such promise. */
  readonly touches?: readonly string[];
}

export interface ReviewPorts {
  readonly depot: Depot;
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
      return findings;
    },
  };
}

export type ReviewActivities = ReturnType<typeof createReviewActivities>;

interface Remark extends Pick<Finding, 'rule' | 'severity' | 'risk' | 'path' | 'message'> {
  readonly line?: { readonly line: number; readonly text: string } | undefined;
  /** What makes two remarks of one rule on one path different. */
  readonly about: string;
}

function finding({ line, about, ...remark }: Remark): Finding {
  const id = createHash('sha256').update([remark.rule, remark.path, about].join('\0')).digest('hex').slice(0, 16);
  return { id, ...remark, ...(line && { line: line.line }) };
}

function fileFindings(file: ChangedFile, { blueprint, touches }: ReviewInput): Finding[] {
  const { path } = file;
  const found: Finding[] = [];
  if (picomatch([...ALWAYS_PROTECTED, ...blueprint.policy.protected], { dot: true })(path)) {
    found.push(
      finding({ rule: 'protected-path', severity: 'person', risk: 'high', path, about: '', message: 'is protected' }),
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
    if (SUPPRESSIONS.test(line.text)) {
      found.push(
        finding({
          rule: 'suppression',
          severity: 'person',
          risk: 'medium',
          path,
          line,
          about: line.text.trim(),
          message: 'switches a check off',
        }),
      );
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

/** A declared dependency whose name no removed line had; a mere version bump is caught by the lockfile's protection. */
function newDependency(file: ChangedFile) {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  const pattern =
    name === 'package.json'
      ? /^\s*"((?:@[^"/]+\/)?[^"]+)":\s*"[~^<>=]*\d/
      : /^requirements.*\.txt$|^pyproject\.toml$/.test(name)
        ? /^\s*"?([A-Za-z0-9._-]+)\s*[=<>~]=/
        : undefined;
  if (!pattern) return undefined;
  const before = new Set(file.removedLines.map(({ text }) => text.match(pattern)?.[1]));
  return file.addedLines.find(({ text }) => {
    const added = text.match(pattern)?.[1];
    return added !== undefined && !before.has(added);
  });
}

function isTest(path: string, blueprint: ReviewInput['blueprint']): boolean {
  return Object.values(blueprint.modules).some(({ path: module, tests }) => {
    const prefix = module === '.' ? '' : `${module}/`;
    return path.startsWith(prefix) && picomatch(tests, { dot: true })(path.slice(prefix.length));
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
