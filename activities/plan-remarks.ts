import type { Plan } from '../schemas/plan.js';
import type { WorkItem } from '../schemas/work-item.js';
import { uncovered, vagueWord } from './spec-check.js';

const MANY = 3;

/** What is odd about a plan that may run: not refused, but worth a critic's look. */
export function planRemarks({ criteria = [], tasks }: Plan, { acceptance }: WorkItem): string[] {
  const changes = tasks.filter(({ kind }) => kind === 'change');
  const inRow = changes.length >= MANY && changes.every(({ needs }, index) => index === 0 || needs.length > 0);
  const texts = criteria.map(({ text }) => text);
  return [
    ...uncovered(acceptance, texts).map((text) => `no criterion is about this wish of the item: ${text}`),
    ...criteria.flatMap(({ text, check }) =>
      [vagueWord(text), vagueWord(check)].flatMap((word) =>
        word === undefined ? [] : [`"${word}" can't be observed: ${text} (shown by: ${check})`],
      ),
    ),
    ...changes
      .filter(({ role, proof }) => role === 'coder' && proof === 'gates')
      .map(({ id }) => `${id} changes code, and no test shows what it changes`),
    ...(inRow ? ['every task but the first waits for another: is each of these needs real?'] : []),
  ];
}
