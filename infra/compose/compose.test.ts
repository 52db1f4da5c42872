import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../schemas/names.js';
import { loadConfig } from '../../temporal.config.js';
import { dynamicConfigFile } from '../cluster/temporal.js';
import { TEMPORAL_SERVER, TEMPORAL_SQL_TOOL, VERSITYGW } from '../go-programs.js';

// No container runs here: that the file says what it should is all that is shown.

const directory = join(loadConfig().installDir, 'infra/compose');
const read = (name: string) => readFileSync(join(directory, name), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: { readonly target: string };
  readonly command?: readonly string[];
  readonly restart: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly deploy?: {
    readonly replicas?: number;
    readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } };
  };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
}

const compose: Compose = parse(read('compose.yaml'), { merge: true });
const services = Object.entries(compose.services);
const once = services.filter(([, { restart }]) => restart === 'no').map(([name]) => name);

describe('the compose file', () => {
  it('has all parts of a cluster, workers as replicas, and two sandbox hosts that share no volume', () => {
    const names = services.map(([name]) => name);
    const temporal = ['frontend', 'history', 'matching', 'worker', 'ui'].map((service) => `temporal-${service}`);
    expect(names).toEqual(expect.arrayContaining([...temporal, 'postgres', 's3', 'gateway', 'worker']));
    expect(compose.services.worker?.deploy?.replicas).toBeGreaterThan(1);
    const hosts = services.filter(([, { environment }]) => environment?.SIGNALBOX_ROLES === 'sandbox');
    expect(new Set(hosts.map(([, { volumes }]) => volumes?.join())).size).toBe(2);
    expect(new Set(hosts.map(([, { environment }]) => environment?.SIGNALBOX_HOST)).size).toBe(2);
  });

  it.each(services)('limits %s, watches over it, and takes an exact image', (name, service) => {
    expect(service.deploy?.resources.limits).toMatchObject({ cpus: expect.any(String), memory: expect.any(String) });
    expect(service.image).toMatch(/^[a-z0-9/-]+:[0-9][0-9A-Za-z.-]*$/);
    if (!once.includes(name)) expect(service.healthcheck?.test[0]).toBe('CMD');
    if (service.build) expect(read('Dockerfile')).toContain(` AS ${service.build.target}\n`);
  });

  it('names nothing that is not there', () => {
    for (const [, { depends_on = {}, secrets = [], volumes = [] }] of services) {
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(Object.keys(depends_on)));
      expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining([...secrets]));
      const named = volumes.filter((volume) => volume.includes(':')).map((volume) => volume.split(':')[0]);
      expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named));
      // Compose waits for what is healthy only where that is defined.
      for (const [other, { condition }] of Object.entries(depends_on)) {
        if (condition === 'service_healthy') expect(compose.services[other]?.healthcheck).toBeDefined();
        else expect(once).toContain(other);
      }
    }
    for (const { file } of Object.values(compose.configs)) expect(existsSync(join(directory, file))).toBe(true);
  });

  it('has secrets in files only, and tells each to those that need it', () => {
    for (const [, { environment = {}, secrets = [] }] of services) {
      const secret = Object.entries(environment).filter(([name]) => /KEY|SECRET|TOKEN|PASSWORD/.test(name));
      for (const [name, value] of secret) {
        expect(name).toMatch(/_FILE$/);
        expect(secrets).toContain(value.replace('/run/secrets/', ''));
      }
    }
    const hosts = services.filter(([, { environment }]) => environment?.SIGNALBOX_ROLES === 'sandbox');
    for (const [, { secrets }] of hosts) expect(secrets).toEqual(['s3_access_key_id', 's3_secret_access_key']);
    expect(compose.services.gateway?.secrets).not.toContain('s3_secret_access_key');
  });

  it('opens nothing to the network by itself', () => {
    for (const port of services.flatMap(([, { ports = [] }]) => ports)) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('gives the server what the development server is given', () => {
    expect(read('temporal/dynamic.yaml')).toBe(dynamicConfigFile());
    const attributes = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => `${name}=${type}\n`);
    expect(read('temporal/search-attributes')).toBe(attributes.join(''));
  });

  it('runs the releases that scripts/cluster runs', () => {
    for (const { path, version } of [TEMPORAL_SERVER, TEMPORAL_SQL_TOOL, VERSITYGW]) {
      expect(read('Dockerfile')).toContain(`go install ${path}@${version}`);
    }
  });

  it('has a configuration that every process takes', () => {
    const env = { SIGNALBOX_CONFIG: join(directory, 'signalbox.config.yaml'), SIGNALBOX_ROLES: 'workflows,models' };
    const config = loadConfig(env, directory);
    expect(config.worker.roles).toEqual(['workflows', 'models']);
    expect(config.storage).toMatchObject({ kind: 's3', bucket: 'signalbox', pathStyle: true });
    expect(read('s3')).toContain('/data/objects/signalbox');
  });
});
