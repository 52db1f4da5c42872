import type { LensView, ReviewStatus } from './messages.js';
import { quote } from './story.js';

const MARKS: Readonly<Record<LensView['state'], string>> = { reading: '▶', reported: '✔', missing: '✘' };

/** A review in Temporal UI. */
export function reviewDetails({ item, node, round, lenses, turns }: ReviewStatus): string {
  const rows = Object.entries(lenses).map(
    ([lens, { state, findings, detail }]) =>
      `| ${MARKS[state]} | ${lens} | ${state} | ${state === 'reading' ? '' : findings} | ${quote(detail, 200)} |`,
  );
  const last = turns.slice(-5).map(({ model, did, said }) => `- ${quote(model)}: ${quote(did ?? said ?? '', 200)}`);
  return [
    `### ${item}, ${node}: review by models, round ${round}`,
    '',
    '| | lens | state | findings | |',
    '|---|---|---|---|---|',
    ...rows,
    ...(last.length > 0 ? ['', ...last] : []),
  ].join('\n');
}
