import type { BlobRef } from '../schemas/blob-ref.js';
import { Proof } from '../schemas/proof.js';
import type { Verdict } from '../schemas/verdict.js';
import type { Blobs } from './ports.js';

export interface ProofRefs {
  readonly json: BlobRef;
  readonly markdown: BlobRef;
}

export function createProofActivities({ blobs }: { readonly blobs: Blobs }) {
  return {
    /** Keeps the proof bundle as JSON and as Markdown; its address is the digest that the merge commit names. */
    async writeProof(proof: Proof): Promise<ProofRefs> {
      const bundle = Proof.parse(proof);
      return {
        json: await blobs.put(`${JSON.stringify(bundle, null, 2)}\n`, 'application/json'),
        markdown: await blobs.put(proofMarkdown(bundle), 'text/markdown'),
      };
    },
  };
}

export type ProofActivities = ReturnType<typeof createProofActivities>;

export function proofMarkdown(proof: Proof): string {
  const { item, change } = proof;
  return [
    `# Proof: ${item.key} ${item.title}`,
    '',
    `Repository ${change.repo}, head \`${change.head}\`, tree \`${change.tree}\`, base \`${change.baseCommit}\` (${change.baseBranch}).`,
    `Blueprint \`sha256:${proof.blueprint.sha256}\`, plan version ${proof.plan.version}, confidence ${proof.confidence}.`,
    '',
    '## Failing before, passing after',
    ...list(proof.passingAfter.map((id) => `\`${id}\``)),
    '',
    '## Gates on the head',
    ...(proof.batch
      ? [
          `Judged together with others, as tree \`${proof.batch.tree}\`: ${proof.batch.items.join(', ')}, in this order.`,
          '',
        ]
      : []),
    ...verdictTable(proof.head),
    '',
    '## Gates on the base',
    ...verdictTable(proof.base),
    '',
    '## Known to fail, before and after',
    ...list(proof.knownFailures.map((id) => `\`${id}\``)),
    '',
    '## Tasks',
    ...list(
      proof.tasks.map(
        ({ node, summary, tried, evidence }) =>
          `**${node}**: ${summary}${tried > 0 ? ` (${tried} candidates tried)` : ''}${evidence ? `, evidence \`sha256:${evidence.sha256}\`` : ''}`,
      ),
    ),
    '',
    '## Review',
    ...list(
      proof.findings.map(
        (finding) =>
          `${finding.severity} ${finding.rule} \`${finding.path}${finding.line ? `:${finding.line}` : ''}\` ${finding.message} (${finding.id})`,
      ),
    ),
    '',
    '## Approvals',
    ...list(
      proof.approvals.map(
        ({ question, outcome, by, reason, answeredAt }) =>
          `${question.id}: ${outcome}${by ? ` by ${by.name ?? by.id}` : ''} at ${answeredAt}, head \`${question.head}\`${reason ? `: ${reason}` : ''}`,
      ),
    ),
    '',
  ].join('\n');
}

function list(lines: readonly string[]): string[] {
  return lines.length > 0 ? lines.map((line) => `- ${line}`) : ['None.'];
}

function verdictTable(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return ['None.'];
  return [
    '| gate | outcome | why | exit code | passed / failed / skipped | ms |',
    '|---|---|---|---|---|---|',
    ...verdicts.map(({ gate, outcome, reason, exitCode, counts, durationMs, cached }) => {
      const tests = counts ? `${counts.passed} / ${counts.failed} / ${counts.skipped}` : '';
      return `| ${gate} | ${outcome} | ${reason.replaceAll('|', '\\|')} | ${exitCode ?? 'none'} | ${tests} | ${durationMs}${cached ? ' (cached)' : ''} |`;
    }),
  ];
}
