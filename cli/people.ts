import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { makeAnswerKey } from '../adapters/people/answer-keys.js';
import { createOnCall, readSchedule } from '../adapters/people/on-call.js';
import { createPeople } from '../adapters/people/people-file.js';
import { makeToken } from '../adapters/people/tokens.js';
import type { Person } from '../schemas/people.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { Refusal } from './errors.js';
import { json, processOutput, safe } from './output.js';
import { peopleFindings } from './people-check.js';

// Who people are to Signalbox: shown, checked, and given tokens. Needs no server.

interface Json {
  readonly json: boolean;
}

export async function list(options: Json): Promise<number> {
  const { people, local } = await readPeople();
  const output = processOutput(false);
  const shown = people.map(withoutTokens);
  if (options.json) output.data(json({ local, people: shown }));
  else {
    for (const { key, name, roles, teams, active } of people) {
      const what = [...roles.map((role) => `role ${role}`), ...teams.map((team) => `team ${team}`)].join(', ');
      output.data([key, safe(name), what, active ? '' : 'not active'].filter(Boolean).join('  '));
    }
    if (local) output.talk('made by Signalbox for this machine alone: docs/people.md says what that is worth');
  }
  return 0;
}

export async function show({ key, ...options }: Json & { readonly key: string }): Promise<number> {
  const person = withoutTokens(named((await readPeople()).people, key));
  const output = processOutput(false);
  output.data(options.json ? json(person) : stringify(person).trimEnd());
  return 0;
}

/** Everything that would keep an answer from counting. */
export async function check(options: Json): Promise<number> {
  const config = loadConfig();
  const findings = await peopleFindings(config);
  const output = processOutput(false);
  const problems = findings.map(({ problem }) => problem);
  if (options.json) output.data(json({ file: config.people.file, problems, findings }));
  else if (findings.length === 0)
    output.data(isBeforeFirstStart(config) ? await who(config) : `${config.people.file} is valid`);
  else for (const { problem, remedy } of findings) output.talk(`${safe(problem)}\n    ${safe(remedy)}`);
  return findings.length === 0 ? 0 : 1;
}

/** Shown once; only its hash is kept. */
export async function token({ key, ...options }: Json & { readonly key: string }): Promise<number> {
  const { people, local } = await readPeople();
  if (local) throw new Refusal('nobody has written a people.yaml: the one local person has a token already');
  const person = named(people, key);
  const made = makeToken();
  const output = processOutput(false);
  if (options.json) output.data(json({ key: person.key, ...made }));
  else {
    output.data(made.token);
    output.talk(
      `put the hash under \`tokens\` of ${person.key} in people.yaml, and give the token to ${safe(person.name)} as SIGNALBOX_PERSONAL_TOKEN; it is not shown again:\n  - ${made.hash}`,
    );
  }
  return 0;
}

/** The gateway's key, where the one that it makes itself can't be used: several gateways, workers elsewhere. */
export async function key({ file, ...options }: Json & { readonly file: string }): Promise<number> {
  const path = resolve(file);
  if (existsSync(path)) throw new Refusal(`${path} is there already; a key is never replaced`);
  if (!existsSync(dirname(path))) {
    throw new Refusal(`${path} can't be written: make its directory first, \`mkdir -m 700 ${dirname(path)}\``);
  }
  const publicKey = await makeAnswerKey(path);
  const approvals = { keyFile: path, publicKeys: [publicKey] };
  const output = processOutput(false);
  if (options.json) output.data(json({ approvals }));
  else
    output.data(
      `# ${path} is for gateways only; workers need the public half. Put this into signalbox.config.yaml\n${stringify({ approvals })}`,
    );
  return 0;
}

export async function onCall({ rotation, ...options }: Json & { readonly rotation?: string }): Promise<number> {
  const config = loadConfig();
  const known = await readPeople();
  const names = rotation === undefined ? await rotationsOf(config) : [rotation];
  const now = new Date();
  const who = createOnCall(config.onCall);
  const shown = await Promise.all(
    names.map(async (name) => ({ rotation: name, people: await who.who(name, now, known) })),
  );
  const output = processOutput(false);
  if (options.json) output.data(json(shown));
  else if (shown.length === 0) output.talk('no rotation is configured; see docs/people.md');
  else for (const one of shown) output.data(`${safe(one.rotation)}  ${one.people.map(safe).join(', ') || 'nobody'}`);
  return 0;
}

async function rotationsOf({ onCall: section }: Config): Promise<readonly string[]> {
  const { pagerduty, opsgenie } = section;
  const file = await readSchedule(section.file);
  return [file, pagerduty, opsgenie].flatMap((one) => Object.keys(one?.rotations ?? {}));
}

/** Who may answer here, in one line. */
export async function who(config: Config): Promise<string> {
  const { people: settings } = config;
  const how = 'docs/people.md says how more than one person works here';
  if (isBeforeFirstStart(config)) {
    return `nobody yet: the gateway makes one person of this user when it starts; ${how}`;
  }
  const { people } = await createPeople(settings).read();
  if (settings.local) return `${people.map(({ name }) => name).join(', ')}, made for this machine; ${how}`;
  const active = people.filter((one) => one.active).length;
  return `${active} ${active === 1 ? 'person' : 'people'} in ${settings.file}`;
}

async function readPeople() {
  const config = loadConfig();
  if (isBeforeFirstStart(config)) throw new Refusal(await who(config));
  return createPeople(config.people).read();
}

/** Nobody has written a people.yaml, and the gateway has not made ours yet. */
function isBeforeFirstStart({ people }: Config): boolean {
  return people.local && !existsSync(people.file);
}

function named(people: readonly Person[], wanted: string): Person {
  const person = people.find((one) => one.key === wanted);
  if (person) return person;
  throw new Refusal(
    `there is no ${wanted} in people.yaml; known: ${people.map((one) => one.key).join(', ') || 'nobody'}`,
  );
}

function withoutTokens({ tokens, ...person }: Person) {
  return { ...person, tokens: tokens.length };
}
