import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import type { Catalogue } from '../../activities/ports-triage.js';
import { parse } from '../../schemas/parse.js';
import { ServiceCatalogue } from '../../schemas/service-catalogue.js';

/** Looked up at use: who owns what changes without a restart. */
export function createCatalogue(file: string | undefined): Catalogue {
  return {
    async read() {
      if (file === undefined) return { services: {} };
      return parse(ServiceCatalogue, parseYaml(await readFile(file, 'utf8')) ?? {}, file);
    },
  };
}
