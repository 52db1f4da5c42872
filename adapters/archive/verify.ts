import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveManifest } from '../../schemas/archive.js';
import { CHECKSUM, digest, MANIFEST } from './format.js';
import { type Finding, verifyContent } from './verify-content.js';

// Checks a directory of archives as a stranger would: nothing but the files, no Temporal, no configuration, no keys.

export interface VerifiedItem {
  readonly item: string;
  readonly entries: number;
  readonly files: number;
  /** Of the newest manifest: who has noted it elsewhere sees too whether entries were taken away at the end. */
  readonly head: string | null;
}

export interface Verified {
  readonly items: readonly VerifiedItem[];
  readonly problems: readonly Finding[];
  /** What is no fault, and should be known. */
  readonly notes: readonly Finding[];
}

const ENTRY = /^\d{4,}$/;
/** Of a writer that was killed; no reader looks at it. */
const PARTIAL = /^\..*\.partial$/;

/** `path`: an archive, or the directory of one item in it. Throws when there is no such directory. */
export async function verifyArchive(path: string): Promise<Verified> {
  const found = await readdir(path, { withFileTypes: true });
  const report = { items: [] as VerifiedItem[], problems: [] as Finding[], notes: [] as Finding[] };
  if (found.some(({ name }) => ENTRY.test(name))) {
    report.items.push(await verifyItem(path, undefined, report));
    return report;
  }
  for (const one of sorted(found)) {
    const home = join(path, one.name);
    if (one.isDirectory() && ArchiveManifest.shape.item.safeParse(one.name).success) {
      report.items.push(await verifyItem(home, one.name, report));
    } else report.problems.push({ where: home, what: 'does not belong into an archive' });
  }
  return report;
}

interface Report {
  readonly problems: Finding[];
  readonly notes: Finding[];
}

interface Link {
  readonly manifest: ArchiveManifest;
  readonly sha256: string;
}

async function verifyItem(home: string, item: string | undefined, report: Report): Promise<VerifiedItem> {
  const links: Link[] = [];
  let files = 0;
  let before: string | null = null;
  let expected = 1;
  for (const one of sorted(await readdir(home, { withFileTypes: true }))) {
    const entry = join(home, one.name);
    if (PARTIAL.test(one.name)) report.notes.push({ where: entry, what: 'was left by a writer that was killed' });
    else if (!one.isDirectory() || !ENTRY.test(one.name)) {
      report.problems.push({ where: entry, what: 'does not belong into an archive' });
    } else {
      const read = await readManifest(entry, report);
      if (read) {
        const problem = misplaced(read.manifest, {
          name: one.name,
          expected,
          before,
          item: item ?? links[0]?.manifest.item,
        });
        if (problem) report.problems.push({ where: join(entry, MANIFEST), what: problem });
        if (links.some(({ manifest }) => manifest.runId === read.manifest.runId)) {
          report.problems.push({ where: entry, what: `run ${read.manifest.runId} is in the archive twice` });
        }
        links.push(read);
        files += await verifyContent(entry, read.manifest, report);
      }
      // What follows a broken entry is judged by its own place.
      before = read?.sha256 ?? null;
      expected = Number(one.name) + 1;
    }
  }
  return {
    item: item ?? links[0]?.manifest.item ?? '',
    entries: links.length,
    files,
    head: links.at(-1)?.sha256 ?? null,
  };
}

interface Place {
  readonly name: string;
  readonly expected: number;
  readonly before: string | null;
  readonly item: string | undefined;
}

function misplaced(manifest: ArchiveManifest, { name, expected, before, item }: Place): string | undefined {
  if (item !== undefined && manifest.item !== item) return `belongs to ${manifest.item}, not to ${item}`;
  if (String(manifest.seq).padStart(4, '0') !== name) return `is entry ${manifest.seq}, and stands as ${name}`;
  if (manifest.seq !== expected) return `is entry ${manifest.seq} where ${expected} should be: one is missing`;
  if (manifest.previous !== before) return 'does not follow the entry before it';
  return undefined;
}

async function readManifest(entry: string, { problems }: Report): Promise<Link | undefined> {
  const file = join(entry, MANIFEST);
  const read = (name: string) => readFile(join(entry, name)).catch(() => undefined);
  const [bytes, checksum] = [await read(MANIFEST), await read(CHECKSUM)];
  if (!bytes) {
    problems.push({ where: file, what: 'is missing' });
    return undefined;
  }
  const sha256 = digest(bytes);
  if (!checksum) problems.push({ where: join(entry, CHECKSUM), what: 'is missing' });
  else if (checksum.toString() !== `${sha256}  ${MANIFEST}\n`) {
    problems.push({ where: file, what: `or its ${CHECKSUM} is not what was archived` });
  }
  const parsed = ArchiveManifest.safeParse(jsonIn(bytes));
  if (parsed.success) return { manifest: parsed.data, sha256 };
  problems.push({ where: file, what: 'is not a manifest' });
  return undefined;
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** Entries by number, the rest by name. */
function sorted(found: readonly Dirent[]): Dirent[] {
  const number = ({ name }: Dirent) => (ENTRY.test(name) ? Number(name) : 0);
  return [...found].sort((one, other) => number(one) - number(other) || (one.name < other.name ? -1 : 1));
}
