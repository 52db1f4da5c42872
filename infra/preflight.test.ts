import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { type Config, loadConfig } from '../temporal.config.js';
import { preflight } from './preflight.js';

describe('before it starts, a program', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-preflight-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function load({ file, env = {} }: { readonly file: unknown; readonly env?: Record<string, string> }): Config {
    writeFileSync(join(directory, 'signalbox.config.yaml'), stringify(file));
    return loadConfig({ HOME: directory, ...env }, directory);
  }

  it('lists everything that is missing, each with a remedy', () => {
    const config = load({
      file: { repos: [{ name: 'shop', url: '/nowhere/shop.git' }] },
      env: { LINEAR_WEBHOOK_SECRET: 's' },
    });
    const found = preflight(config, 'worker').map(({ problem, remedy }) => `${problem} -> ${remedy}`);
    expect(found).toEqual([
      expect.stringMatching(/shop: \/nowhere\/shop\.git does not exist -> clone it/),
      expect.stringMatching(/tickets cannot be read.*-> set LINEAR_API_KEY/),
    ]);
    const empty = preflight(load({ file: {} }), 'gateway').map(({ problem }) => problem);
    expect(empty).toEqual(['no repository is configured', 'the gateway has nothing to check callers with']);
  });

  it('looks into people.yaml and the rotations, wherever people are asked', () => {
    const file = {
      repos: [{ name: 'shop', url: 'ssh://host/shop' }],
      people: 'team.yaml',
      onCall: { file: 'turns.yaml' },
    };
    const found = (part: 'gateway' | 'worker', more: object = {}) =>
      preflight(load({ file: { ...file, ...more }, env: { SIGNALBOX_TOKEN: 't' } }), part).map(
        ({ problem, remedy }) => `${problem} -> ${remedy}`,
      );
    const missing = [
      expect.stringMatching(/no file .*team\.yaml -> write it, .*`people`/),
      expect.stringMatching(/no file .*turns\.yaml -> write it, .*`onCall\.file`/),
    ];
    expect(found('gateway')).toEqual(missing);
    expect(found('worker')).toEqual(missing);
    expect(found('worker', { worker: { roles: ['sandbox'] } })).toEqual([]);
    writeFileSync(join(directory, 'team.yaml'), 'people: [{ key: ada, name: Ada, handels: [ada] }]');
    writeFileSync(join(directory, 'turns.yaml'), 'rotations: [');
    expect(found('gateway')).toEqual([
      expect.stringMatching(/team\.yaml: people\.0: unknown field handels -> mend it, .*`signalbox people check`/),
      expect.stringMatching(/turns\.yaml: it can't be read as YAML: /),
    ]);
  });

  it('asks for the secret of senders that only the configuration knows, at the gateway', () => {
    const webhook = { name: 'support', verify: 'hmac', title: '/title', text: '/text' };
    const file = { repos: [{ name: 'shop', url: 'ssh://host/shop' }], doors: { webhooks: [webhook] } };
    const missing = (env: Record<string, string>) =>
      preflight(load({ file, env: { SIGNALBOX_TOKEN: 't', ...env } }), 'gateway').map(({ remedy }) => remedy);
    expect(missing({})).toEqual([expect.stringContaining('WEBHOOK_WEBHOOK_SECRET')]);
    expect(missing({ WEBHOOK_WEBHOOK_SECRET: 's' })).toEqual([]);
  });
});
