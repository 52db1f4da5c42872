import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { lost } from '../depot/git.js';
import { claim } from './labels.js';
import { SANDBOX_DIR, type Site } from './site.js';

// A directory on disk that sandboxes write below, from its claim to its removal.

/** Directories of a place: the overlay's two, git's, and a /tmp on disk for set-up. */
export const PARTS = ['upper', 'work', 'git', 'tmp'] as const;
export type Part = (typeof PARTS)[number];

/** What a place is mounted over: as long as it is there, these must stay. */
const Ground = z.strictObject({
  repo: z.string(),
  /** The shared checkout that is its lowest layer. */
  checkout: z.string(),
  layers: z.array(z.string()),
  /** Work is done in it, which may be in no snapshot yet. */
  work: z.boolean(),
});
export type Ground = Readonly<z.infer<typeof Ground>>;

const GROUND = 'ground.json';

export class Place {
  readonly id: string;
  readonly site: Site;

  constructor(site: Site, id: string) {
    this.site = site;
    this.id = id;
  }

  static async claim(site: Site): Promise<Place> {
    const place = new Place(site, `sb-${randomUUID()}`);
    await claim(place.directory);
    await Promise.all(PARTS.map((part) => place.#make(part)));
    return place;
  }

  get directory(): string {
    return join(this.site.directory, 'workspaces', this.id);
  }

  path(part: Part): string {
    return join(this.directory, part);
  }

  /** From the state directory, as overlays are told. */
  relative(part: Part): string {
    return join(SANDBOX_DIR, 'workspaces', this.id, part);
  }

  async standOn(ground: Ground): Promise<void> {
    await writeFile(join(this.directory, GROUND), JSON.stringify(ground));
  }

  /** Undefined: it was never mounted. */
  async ground(): Promise<Ground | undefined> {
    try {
      return Ground.parse(JSON.parse(await readFile(join(this.directory, GROUND), 'utf8')));
    } catch {
      return undefined;
    }
  }

  async #make(part: Part): Promise<void> {
    await mkdir(this.path(part), { mode: 0o700 });
    if (this.site.root) await chown(this.path(part), this.site.identity.uid, this.site.identity.gid);
  }

  /** Nothing may be running in it any more. Directories that their owner closed to himself go too. */
  async remove(): Promise<void> {
    if (!this.site.root) await this.#removeWithRights();
    await rm(this.directory, { recursive: true, force: true });
  }

  #removeWithRights(): Promise<void> {
    const parts = PARTS.map((part) => this.relative(part));
    const argv = ['--user', '--map-root-user', '--', 'rm', '-rf', '--', ...parts];
    const child = spawn(this.site.tool('unshare'), argv, { ...this.site.spawnOptions, stdio: 'ignore' });
    return new Promise((resolve, reject) => {
      child.once('error', (error) => reject(lost(`${this.directory} can't be removed: ${error.message}`)));
      child.once('close', () => resolve());
    });
  }
}
