import { readArchivedBlob } from '../adapters/archive/read.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createStorage } from '../adapters/storage/storage.js';
import { withRecords } from './connect.js';
import { Refusal } from './errors.js';
import { lastStatus } from './last-status.js';
import { archivePlace } from './mission-record.js';
import { safeLines } from './output.js';

// The proof of a mission, read from where the workers keep their blobs, or from the archive.

export function proof({ mission, ...options }: { readonly mission: string; readonly json: boolean }): Promise<number> {
  return withRecords(async (context) => {
    const { config, output } = context;
    const { outcome, stage, archived } = await lastStatus(context, mission);
    if (!outcome) throw new Refusal(`${mission} has no proof yet: it is at stage ${stage}`);
    const ref = options.json ? outcome.proof : outcome.proofMarkdown;
    if (!ref) throw new Refusal(`${mission} ended as ${outcome.result} before there was a proof: ${outcome.because}`);
    const bytes = archived
      ? await readArchivedBlob(await archivePlace(context), mission, ref.sha256)
      : await createBlobs((await createStorage(config)).place('blobs')).get(ref);
    if (!bytes) throw new Refusal(`the proof of ${mission} was gone when it was archived`);
    const text = bytes.toString();
    output.data(output.tty ? safeLines(text) : text.trimEnd());
    return 0;
  });
}
