import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ArchiveManifest } from '../../schemas/archive.js';
import type { History, RunTree } from '../../schemas/history.js';
import type { Place } from '../storage/object-store.js';
import { readArchived, readChain } from './chain.js';

// Reads the archive without Temporal and without a worker: on another machine too, from a copied directory.

export interface ArchivedRun {
  readonly manifest: ArchiveManifest;
  readonly tree: RunTree;
  /** What the mission said of itself at the end of this run; undefined where only the histories were to be had. */
  readonly said: { readonly status: unknown; readonly plans: readonly unknown[] } | undefined;
}

/** The runs of the newest mission on an item, oldest first; empty when none was archived. Every file is checked. */
export async function readArchivedMission(place: Place, item: string): Promise<readonly ArchivedRun[]> {
  const chain = (await readChain(place, item)).map(({ manifest }) => manifest);
  const first = chain.at(-1)?.first;
  const runs: ArchivedRun[] = [];
  for (const manifest of chain.filter((one) => one.first === first)) runs.push(await readRun(place, manifest));
  return runs;
}

/** A blob of a mission, from whichever of its entries has it; undefined when none has. */
export async function readArchivedBlob(place: Place, item: string, sha256: string): Promise<Buffer | undefined> {
  for (const { manifest } of await readChain(place, item)) {
    const name = `blobs/${sha256}`;
    if (manifest.files.some((file) => file.name === name)) return readArchived(place, manifest, name);
  }
  return undefined;
}

async function readRun(place: Place, manifest: ArchiveManifest): Promise<ArchivedRun> {
  const contents = new Map<string, Buffer>();
  for (const { name } of manifest.files) {
    const bytes = await readArchived(place, manifest, name);
    if (!name.startsWith('blobs/')) contents.set(name, bytes);
  }
  const content = (name: string) => contents.get(name) ?? Buffer.alloc(0);
  const histories = await Promise.all(
    manifest.histories.map(async ({ file, ...run }) => ({
      ...run,
      history: JSON.parse((await promisify(gunzip)(content(file))).toString()) as History,
    })),
  );
  const [root, ...children] = histories;
  if (!root) throw new Error(`entry ${manifest.seq} of the archive of ${manifest.item} has no history`);
  const said = contents.get('status.json');
  return {
    manifest,
    tree: { root, children, forgotten: manifest.missing.histories },
    said: said && (JSON.parse(said.toString()) as ArchivedRun['said']),
  };
}
