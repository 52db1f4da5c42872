import type { BriefPart } from '../schemas/agent.js';
import type { OpenFinding, ReviewBrief, ReviewBriefInput, ReviewChunk } from '../schemas/review.js';
import { permanent } from './failure.js';
import type { Blobs, ChangedFile, Depot, SecretScanner } from './ports.js';
import { chunksOf, type FilePatch, filePatches, type PatchChunk } from './review-chunks.js';

/** Of the diff that one reviewer reads: about 15,000 tokens, so that files that it looks up fit beside them. */
const CHUNK_CHARACTERS = 60_000;
/** A longer diff is not reviewed in part: its lenses are missing, and a person sees it. */
const MOST_CHARACTERS = 600_000;

export interface ReviewBriefPorts {
  readonly depot: Pick<Depot, 'diff' | 'patch'>;
  readonly blobs: Pick<Blobs, 'put'>;
  readonly secrets: SecretScanner;
}

export function createReviewBriefActivities({ depot, blobs, secrets }: ReviewBriefPorts) {
  async function textPart(title: string, from: string, text: string): Promise<BriefPart> {
    return { title, from, blob: await blobs.put(text, 'text/plain') };
  }

  async function redacted({ path, text }: FilePatch): Promise<FilePatch> {
    // A key of several lines is known by its shape, which the signs of the diff would break; other marks that end lines
    // would make the numbers of lines differ.
    const unsigned = text.replace(/[\r\u2028\u2029]/g, ' ').replace(/^[+\- ]/gm, '');
    return { path, text: withoutSecrets(text, await secrets.scan(path, unsigned)) };
  }

  return {
    /**
     * What the reviewers of one lens are given: together all of the change, or of what is new in it since the lens last
     * reported, and the findings that they have to judge. Secrets are left out. Fails for good with `BadInput` when it
     * is too large to be read.
     */
    async reviewBrief(input: ReviewBriefInput): Promise<ReviewBrief> {
      const { repo, lens, from, since, to, open, summary } = input;
      const base = since ?? from;
      const [files, patch] = await Promise.all([depot.diff(repo, base, to), depot.patch(repo, base, to)]);
      if (patch.length > MOST_CHARACTERS) {
        const size = `its diff has ${patch.length} characters, more than ${MOST_CHARACTERS}`;
        throw permanent('BadInput', `the change is too large to be reviewed: ${size}; split the task`);
      }
      const parts = chunksOf(await Promise.all(filePatches(files, patch).map(redacted)), CHUNK_CHARACTERS);
      const mine = open.filter(({ finding, answer }) => answer && finding.rule === `model-${lens}`);
      const others = open.filter((each) => !mine.includes(each));
      const shares = share(mine, parts);
      const author = await textPart('What the author says of the change', 'the author', summary);
      const chunks = shares.map(async ({ part, asked }, index): Promise<ReviewChunk> => {
        const title = since === undefined ? 'The change' : 'What changed since your last review';
        const ids = asked.map(({ finding }) => finding.id);
        const brief = [
          author,
          { title: 'This review', from: 'signalbox', own: true, text: orders(index, shares.length, since, ids) },
          ...(asked.length > 0
            ? [await textPart('Findings to judge', 'earlier rounds', asked.map(tell).join('\n\n'))]
            : []),
          ...(others.length > 0
            ? [await textPart('Already raised', 'earlier rounds', others.map(tell).join('\n\n'))]
            : []),
          await textPart('Files of the change', 'git', files.map((file) => row(file, part)).join('\n')),
          ...(part ? [await textPart(title, `git diff ${base.slice(0, 12)} ${to.slice(0, 12)}`, part.text)] : []),
        ];
        return { brief, asked: ids };
      });
      return { files: files.length, chunks: await Promise.all(chunks) };
    },
  };
}

export type ReviewBriefActivities = ReturnType<typeof createReviewBriefActivities>;

interface Share {
  readonly part: PatchChunk | undefined;
  readonly asked: OpenFinding[];
}

/** Each finding is judged once: by who reads its file, or by the first when the file has not changed again. */
function share(findings: readonly OpenFinding[], parts: readonly PatchChunk[]): Share[] {
  const shares: Share[] = parts.map((part) => ({ part, asked: [] }));
  if (shares.length === 0 && findings.length > 0) shares.push({ part: undefined, asked: [] });
  for (const each of findings) {
    const place = shares.find(({ part }) => part?.paths.includes(each.finding.path)) ?? shares[0];
    place?.asked.push(each);
  }
  return shares;
}

function orders(index: number, count: number, since: string | undefined, asked: readonly string[]): string {
  return [
    ...(count > 1
      ? [`You have part ${index + 1} of ${count} of the change; other reviewers have the other parts.`]
      : []),
    ...(since === undefined
      ? []
      : [
          'You reviewed this change before, up to where the difference below starts. What you let pass then is settled, unless the difference makes it wrong.',
        ]),
    ...(asked.length > 0
      ? [
          `Judge each of these in \`earlier\`, after looking at the code as it is now: ${asked.join(', ')}.`,
          'resolved: it is gone. withdrawn: the author is right. upheld: it is still there, and matters.',
        ]
      : []),
    'What others have raised already is theirs: do not raise it again.',
    'Quote the line that a remark is about word for word, without the sign of the diff.',
  ].join('\n');
}

function tell({ finding, answer }: OpenFinding): string {
  const { id, path, line, message } = finding;
  const said = answer ? `the author says: ${answer.answer}, ${answer.reason}` : 'the author has not answered yet';
  return `${id} ${path}${line === undefined ? '' : `:${line}`}\n  ${message}\n  ${said}`;
}

function row({ path, status, binary, addedLines, removedLines }: ChangedFile, part: PatchChunk | undefined): string {
  const size = binary ? 'binary' : `+${addedLines.length} -${removedLines.length}`;
  return `${part?.paths.includes(path) ? '*' : ' '} ${status} ${path} ${size}`;
}

/** Whole lines go, and all of a private key: what is left of a secret may still be one. */
function withoutSecrets(text: string, hits: readonly { readonly line: number; readonly message: string }[]): string {
  if (hits.length === 0) return text;
  const lines = text.split('\n');
  for (const { line, message } of hits) {
    for (let index = line - 1, key = false; index < lines.length; index++) {
      const original = lines[index] ?? '';
      key = (key || original.includes('-----BEGIN')) && !original.includes('-----END');
      lines[index] = `${original.slice(0, 1)}[redacted: ${message}]`;
      if (!key) break;
    }
  }
  return lines.join('\n');
}
