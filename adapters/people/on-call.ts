import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import type { OnCall } from '../../activities/ports-people.js';
import { OnCallFile, type OnCallSection, onCallAt } from '../../schemas/on-call.js';
import { parse, RefusedInput } from '../../schemas/parse.js';
import { type PeopleFile, personByEmail } from '../../schemas/people.js';
import { opsgenieOnCall, pagerdutyOnCall } from './on-call-providers.js';

export interface OnCallSettings extends OnCallSection {
  readonly pagerdutyKey: string | undefined;
  readonly opsgenieKey: string | undefined;
}

/** A rotation is one of the schedule file, or one that a provider keeps. Looked up at use. */
export function createOnCall(settings: OnCallSettings): OnCall {
  return {
    async who(name, at, people) {
      const file = await readSchedule(settings.file);
      const rotation = file?.rotations[name];
      if (rotation) {
        const key = onCallAt(rotation, at);
        return key === undefined ? [] : [key];
      }
      const { pagerduty, pagerdutyKey, opsgenie, opsgenieKey } = settings;
      const schedule = pagerduty?.rotations[name];
      if (pagerduty && schedule !== undefined) {
        const asked = { apiUrl: pagerduty.apiUrl, key: present(pagerdutyKey, 'PAGERDUTY_API_KEY'), schedule };
        return keysOf(await pagerdutyOnCall(asked), people);
      }
      const other = opsgenie?.rotations[name];
      if (opsgenie && other !== undefined) {
        const asked = { apiUrl: opsgenie.apiUrl, key: present(opsgenieKey, 'OPSGENIE_API_KEY'), schedule: other };
        return keysOf(await opsgenieOnCall(asked), people);
      }
      throw new RefusedInput('the on-call rotations', [
        `there is no rotation "${name}"; known: ${known(settings, file)}`,
      ]);
    },
  };
}

/** Undefined when none is configured. */
export async function readSchedule(file: string | undefined) {
  if (file === undefined) return undefined;
  try {
    return parse(OnCallFile, parseYaml(await readFile(file, 'utf8')), file);
  } catch (error) {
    if (error instanceof RefusedInput) throw error;
    throw new RefusedInput(file, [`it can't be read: ${(error as Error).message.split('\n')[0]}`]);
  }
}

/** Whoever is nobody in people.yaml can't answer, on call or not. */
function keysOf(addresses: readonly string[], people: PeopleFile): readonly string[] {
  return [...new Set(addresses.flatMap((address) => personByEmail(people, address)?.key ?? []))];
}

function present(key: string | undefined, name: string): string {
  if (key !== undefined) return key;
  throw new RefusedInput('the configuration', [`${name} is not set, and a rotation is looked up there`]);
}

function known({ pagerduty, opsgenie }: OnCallSettings, file: OnCallFile | undefined): string {
  const all = [file, pagerduty, opsgenie].flatMap((one) => Object.keys(one?.rotations ?? {}));
  return all.join(', ') || 'none';
}
