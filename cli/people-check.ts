import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { parse as parseYaml } from 'yaml';
import { publicHalfOf } from '../adapters/people/answer-keys.js';
import { readSchedule } from '../adapters/people/on-call.js';
import { createPeople } from '../adapters/people/people-file.js';
import { Blueprint } from '../schemas/blueprint.js';
import type { Repo } from '../schemas/forge-settings.js';
import { RefusedInput } from '../schemas/parse.js';
import { policyProblems, rotationProblems } from '../schemas/people-check.js';
import type { Config } from '../temporal.config.js';

// Everything that would keep an answer from counting: in people.yaml, the key, the rotations, and the policies of repos.

export interface PeopleFinding {
  readonly problem: string;
  readonly remedy: string;
}

export async function peopleFindings(config: Config): Promise<readonly PeopleFinding[]> {
  const found: PeopleFinding[] = [];
  const noting = (remedy: string) => (error: unknown) => {
    if (!(error instanceof RefusedInput)) throw error;
    found.push(...error.problems.map((problem) => ({ problem, remedy })));
    return undefined;
  };
  const { people: settings, onCall } = config;
  if (!settings.ownKey) {
    await publicHalfOf(settings.keyFile).catch(noting('make one with `signalbox people key`, see docs/people.md'));
  }
  const schedule = await readSchedule(onCall.file).catch(noting(`mend ${onCall.file}: docs/people.md, "On call"`));
  // The gateway has not made ours yet: nobody is asked before it has.
  if (settings.local && !existsSync(settings.file)) return found;
  const known = await createPeople(settings)
    .read()
    .catch(noting(`mend ${settings.file}: docs/people.md`));
  if (!known) return found;
  const { people } = known;
  const rotations = [schedule, onCall.pagerduty, onCall.opsgenie].flatMap((one) => Object.keys(one?.rotations ?? {}));
  for (const problem of schedule ? rotationProblems(schedule, { people }) : []) {
    found.push({ problem, remedy: `mend the rotation in ${onCall.file}, or people.yaml` });
  }
  for (const repo of config.repos) {
    const blueprint = await readBlueprint(repo, config);
    const remedy = `add them to people.yaml (docs/people.md), or mend signalbox.yaml of ${repo.name}`;
    for (const problem of blueprint ? policyProblems(blueprint.policy, { people, rotations }) : []) {
      found.push({ problem: `${repo.name}: ${problem}`, remedy });
    }
  }
  return found;
}

/** As it is in a repository of this machine, or as missions saw it last; undefined where neither is here. */
async function readBlueprint({ name, url, defaultBranch }: Repo, { stateDir }: Config): Promise<Blueprint | undefined> {
  const places = [
    ...(isAbsolute(url) ? [{ directory: url, ref: defaultBranch }] : []),
    { directory: join(stateDir, 'depots', `${name}.git`), ref: `refs/signalbox/upstream/${defaultBranch}` },
  ];
  for (const { directory, ref } of places) {
    const read = promisify(execFile)('git', ['-C', directory, 'show', `${ref}:signalbox.yaml`]);
    const text = await read.then(({ stdout }) => stdout).catch(() => undefined);
    // A blueprint that is wrong is said by the mission that reads it, and by `signalbox config validate`.
    const parsed = text === undefined ? undefined : Blueprint.safeParse(yaml(text));
    if (parsed) return parsed.data;
  }
  return undefined;
}

function yaml(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return undefined;
  }
}
