import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ensureLocalPerson } from './local-people.js';

const directory = mkdtempSync(join(tmpdir(), 'signalbox-local-person-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('the local person', () => {
  it('is nobody else’s to read, in a state directory that sandboxes can still pass through', async () => {
    const at = (...path: string[]) => join(directory, 'state', ...path);
    const modeOf = (...path: string[]) => (statSync(at(...path)).mode & 0o777).toString(8);
    await ensureLocalPerson({ file: at('people', 'people.yaml'), tokenFile: at('people', 'token'), user: 'ada' });
    expect(modeOf('people')).toBe('700');
    expect([modeOf('people', 'people.yaml'), modeOf('people', 'token')]).toEqual(['600', '600']);
    expect(Number.parseInt(modeOf(), 8) & 0o055).toBe(0o055);
  });
});
