import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimDirectory } from './claim.js';

describe('a state directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-claim-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('has one owner at a time, and the refusal names it', () => {
    const claim = claimDirectory(directory);
    expect(() => claimDirectory(directory)).toThrow(`in use by process ${process.pid}`);
    claim.release();
    claimDirectory(directory).release();
  });

  it('is made so that no other user can look into it', () => {
    const made = join(directory, 'state');
    claimDirectory(made).release();
    const others = statSync(made).mode & 0o077;
    // Of root, nobody gets through to its sandboxes, and reads no names.
    expect(others).toBe(process.getuid?.() === 0 ? 0o011 : 0);
  });

  it('is free when its owner is dead, also when another process has the pid by now', () => {
    const other = spawn('sleep', ['30']);
    writeFileSync(join(directory, 'owner'), `${other.pid} 1`);
    claimDirectory(directory).release();
    writeFileSync(join(directory, 'owner'), '999999999 12');
    const claim = claimDirectory(directory);
    expect(readFileSync(join(directory, 'owner'), 'utf8')).toContain(`${process.pid} `);
    claim.release();
    other.kill();
  });
});
