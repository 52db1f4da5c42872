// Which room may import what. Imports point inwards, to schemas and ports; tests beside the code may import anything.

const TEST = String.raw`\.test\.ts$`;
const TOOL_ROOMS = ['test', 'bench', 'scripts'];

/** Room -> what else of the project it may import, as patterns from the root. */
const ROOMS = {
  schemas: [],
  workflows: ['schemas/', 'activities/ AS TYPE'],
  activities: ['schemas/', 'chat/', 'tools/scope'],
  adapters: ['schemas/', 'chat/', 'activities/ports AS TYPE'],
  chat: ['schemas/', 'workflows/messages AS TYPE', 'activities/ports AS TYPE'],
  repair: ['schemas/'],
  tools: ['schemas/'],
  gateway: [
    'schemas/',
    'chat/',
    'workflows/messages',
    'adapters/temporal/',
    'adapters/logging/',
    'adapters/telemetry/',
    'adapters/quarantine/',
    'adapters/people/',
    'adapters/storage/',
    'infra/preflight',
    'temporal.config',
  ],
  cli: [
    'schemas/',
    'workflows/messages',
    'adapters/temporal/',
    'adapters/archive/',
    'adapters/blobs/',
    'adapters/storage/',
    'adapters/accounts/',
    'adapters/people/',
    'adapters/models/cards',
    'adapters/models/catalogue',
    'adapters/quarantine/',
    'gateway/again',
    'gateway/dispatch',
    'gateway/doors/index',
    'gateway/submission',
    'infra/',
    'temporal.config',
  ],
  workers: ['schemas/', 'workflows/', 'activities/', 'adapters/', 'repair/', 'infra/', 'temporal.config'],
  infra: ['schemas/', 'temporal.config'],
  chaos: ['schemas/', 'workflows/messages', 'adapters/temporal/', 'infra/', 'test/fakes/', 'temporal.config'],
};

/** Package -> rooms that may import it. Packages that are not named here are free. */
const PACKAGES = {
  '@linear/sdk': ['adapters', 'gateway'],
  octokit: ['adapters'],
  '@anthropic-ai/sdk': ['adapters'],
  '@slack/bolt': ['gateway'],
  '@slack/web-api': ['adapters'],
  '@secretlint/[^/]+': ['adapters'],
  '@temporalio/client': ['adapters', 'gateway', 'cli', 'workers', 'chaos'],
  '@temporalio/worker': ['workers', 'adapters'],
  '@temporalio/activity': ['activities', 'workers', 'adapters'],
  '@temporalio/envconfig': [],
  hono: ['gateway'],
  '@hono/node-server': ['gateway'],
  commander: ['cli'],
  '@ast-grep/[^/]+': ['repair', 'tools'],
};

const OUTSIDE = ['(^|/)node_modules/', '^node:', '^[a-z_]+(/promises)?$'];

function roomRules(room, allowed) {
  const asType = allowed.filter((one) => one.endsWith(' AS TYPE')).map((one) => one.slice(0, -' AS TYPE'.length));
  const asValue = allowed.filter((one) => !one.endsWith(' AS TYPE'));
  const from = { path: `^${room}/`, pathNot: TEST };
  const pattern = (paths) => `^(${paths.map((path) => path.replaceAll('.', String.raw`\.`)).join('|')})`;
  const rules = [
    {
      name: `${room}-imports`,
      comment: `${room} may import ${['itself', ...allowed].join(', ')} and packages`,
      severity: 'error',
      from,
      to: { pathNot: [pattern([`${room}/`, ...asValue, ...asType]), ...OUTSIDE] },
    },
  ];
  if (asType.length > 0) {
    rules.push({
      name: `${room}-imports-types`,
      comment: `${room} may import ${asType.join(', ')} as types only`,
      severity: 'error',
      from,
      to: { path: pattern(asType), dependencyTypesNot: ['type-only'] },
    });
  }
  return rules;
}

function packageRule([name, rooms]) {
  const homes = [...rooms.map((room) => `^${room}/`), ...TOOL_ROOMS.map((room) => `^${room}/`)];
  return {
    name: `only-${rooms.join('-or-') || 'the-configuration'}-imports-${name.replace(/[^a-z]+/g, '-')}`,
    severity: 'error',
    from: { pathNot: [...homes, TEST, ...(rooms.length === 0 ? [String.raw`^temporal\.config\.ts$`] : [])] },
    to: { path: `(^|/)node_modules/${name}/` },
  };
}

module.exports = {
  forbidden: [
    ...Object.entries(ROOMS).flatMap(([room, allowed]) => roomRules(room, allowed)),
    ...Object.entries(PACKAGES).map(packageRule),
    {
      name: 'schemas-are-pure',
      comment: 'schemas import zod and nothing else',
      severity: 'error',
      from: { path: '^schemas/', pathNot: TEST },
      to: { pathNot: ['^schemas/', '(^|/)node_modules/zod/'] },
    },
    {
      name: 'workflows-are-deterministic',
      comment: 'workflows import the workflow SDK, common and (through schemas) nothing that touches the outside',
      severity: 'error',
      from: { path: '^workflows/', pathNot: TEST },
      to: {
        pathNot: ['^(workflows|schemas|activities)/', '(^|/)node_modules/@temporalio/(workflow|common)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'effects-happen-once',
      comment: 'what writes at a provider is seen by the mechanism of effects and by the activities that go through it',
      severity: 'error',
      from: {
        path: '^activities/',
        pathNot: `^activities/(effects|merge|tracker|pull-request|chat|chat-board|ports-effects)\\.ts$`,
      },
      to: { path: '^activities/ports-effects' },
    },
    {
      name: 'no-cycles',
      comment: 'files that need each other are one file, or lack a third',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-missing',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|examples|bench/repair/cases|bench/tasks|test/live/tasks)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
