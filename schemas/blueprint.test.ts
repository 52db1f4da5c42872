import { describe, expect, it } from '@jest/globals';
import { Blueprint } from './blueprint.js';
import { durationMs } from './duration.js';
import { parse, RefusedInput } from './parse.js';

const module = {
  path: 'service',
  language: 'typescript',
  runner: 'node-test',
  sources: ['src/**/*.ts'],
  tests: ['test/**/*.test.ts'],
};
const gate = { name: 'tests', in: 'service', command: 'npm test', report: 'reports/junit.xml', module: 'service' };
const blueprint = { version: 1, modules: { service: module }, gates: [gate] };

function problems(change: object): readonly string[] {
  try {
    parse(Blueprint, { ...blueprint, ...change }, 'signalbox.yaml');
  } catch (error) {
    if (error instanceof RefusedInput) return error.problems;
    throw error;
  }
  return [];
}

describe('a blueprint', () => {
  it('needs little: the rest has defaults', () => {
    const { policy, limits, setup, scenarios, gates } = parse(Blueprint, blueprint, 'signalbox.yaml');
    expect({ policy, setup, scenarios }).toEqual({
      policy: {
        protected: [],
        approveAbove: 'low',
        approvals: [],
        escalation: [],
        heartbeat: '24h',
        maxChangedLines: 400,
        approvalReminder: '4h',
        approvalDeadline: '72h',
      },
      setup: [],
      scenarios: [],
    });
    expect(limits.parallelTasks).toBe(4);
    expect(gates[0]?.timeout).toBe('5m');
  });

  it.each([
    ['/etc', 'an absolute path'],
    ['../other', 'a path out of the repository'],
    ['service/../../other', 'a path out of the repository on the way'],
  ])('refuses %s: %s', (path) => {
    expect(problems({ modules: { service: { ...module, path } } })).toEqual([
      'modules.service.path: expected a path inside the repository',
    ]);
    expect(problems({ gates: [{ ...gate, in: path }] })).toEqual(['gates.0.in: expected a path inside the repository']);
    expect(problems({ gates: [{ ...gate, report: path }] })).toEqual([
      'gates.0.report: expected a path inside the repository',
    ]);
  });

  it('refuses two gates or scenarios of one name', () => {
    expect(problems({ gates: [gate, gate] })).toEqual(['gates.1.name: "tests" is used twice']);
    expect(problems({ scenarios: [gate] })).toEqual(['scenarios.0.name: "tests" is used twice']);
  });

  it('refuses a gate of a module that there is not, and says which there are', () => {
    expect(problems({ gates: [{ ...gate, module: 'servise' }] })).toEqual([
      'gates.0.module: "servise" is not a module; expected one of: service',
    ]);
    expect(problems({ modules: {} })).toEqual(['gates.0.module: "service" is not a module; expected one of: none']);
    expect(problems({ gates: [{ ...gate, module: 'constructor' }] })).toEqual([
      'gates.0.module: "constructor" is not a module; expected one of: service',
    ]);
  });

  it('names every unknown field', () => {
    expect(problems({ gate: [] })).toEqual(['(the whole): unknown field gate']);
    expect(problems({ gates: [{ ...gate, timeOut: '5m', retry: 3 }] })).toEqual([
      'gates.0: unknown fields timeOut, retry',
    ]);
    expect(problems({ policy: { protect: [] } })).toEqual(['policy: unknown field protect']);
  });

  it.each(['90', '1.5h', '0m', '-5m', '5 m', '1d', ''])('refuses "%s" as a duration', (timeout) => {
    expect(problems({ gates: [{ ...gate, timeout }] })).toEqual([
      'gates.0.timeout: expected a duration such as 90s, 10m or 1h',
    ]);
  });

  it('names every field that is wrong, not only the first', () => {
    const found = problems({ version: 2, gates: [{ ...gate, name: 'Unit Tests', command: '' }] });
    expect(found.map((problem) => problem.split(':')[0])).toEqual(['version', 'gates.0.name', 'gates.0.command']);
    expect(found[1]).toBe('gates.0.name: expected lower-case letters, digits and dashes');
  });

  it('says what it expected instead of a word it does not know', () => {
    expect(problems({ modules: { service: { ...module, runner: 'jasmine' } } })[0]).toMatch(
      /^modules\.service\.runner: .*"node-test".*"unittest"/,
    );
    expect(problems({ modules: { Service: module } })[0]).toMatch(/^modules\.Service: /);
    expect(problems({ gates: [] })[0]).toMatch(/^gates: /);
    expect(problems({ limits: { parallelTasks: 0 } })[0]).toMatch(/^limits\.parallelTasks: .*1/);
  });

  it('lets set-up reach named registries and hosts only', () => {
    const step = { name: 'packages', command: 'npm ci', lockfiles: ['package-lock.json'] };
    expect(problems({ setup: [step] })).toEqual([]);
    expect(problems({ setup: [{ ...step, lockfiles: [] }] })[0]).toMatch(/^setup\.0\.lockfiles: /);
    expect(problems({ setup: [{ ...step, registries: ['everything'] }] })[0]).toMatch(/^setup\.0\.registries\.0: /);
    expect(problems({ setup: [{ ...step, hosts: ['https://x/'] }] })).toEqual([
      'setup.0.hosts.0: expected a host name',
    ]);
  });
});

describe('a duration', () => {
  it('is in milliseconds', () => {
    expect(['90s', '10m', '72h'].map(durationMs)).toEqual([90_000, 600_000, 259_200_000]);
  });
});
