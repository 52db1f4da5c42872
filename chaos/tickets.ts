import type { Desk, MissionKind } from './desks.js';

interface Ticket {
  readonly title: string;
  readonly happens: string;
  readonly should: string;
  readonly acceptance: readonly string[];
}

const TICKETS: Readonly<Record<MissionKind, Ticket>> = {
  repair: {
    title: 'Discount and pages are off by one',
    happens: 'An order of exactly 10 items gets no discount. The second page begins too early.',
    should: 'A discount applies from its threshold on. A page begins where the one before it ended.',
    acceptance: ['10 items get 5 percent', 'with 3 items on a page the second page begins at index 3'],
  },
  agents: {
    title: 'The mean of some numbers, and headings',
    happens: 'There is no mean of a list, and headings are written as they come.',
    should: 'mean gives the mean of a list. heading begins with a capital letter.',
    acceptance: ['the mean of 1, 2 and 6 is 3', 'the heading of "total" is "Total"'],
  },
  approval: {
    title: 'Reduced tax, and initials',
    happens: 'Books are taxed like everything else, and names have no initials.',
    should: 'reducedTax is 7 percent. initials gives the first letters of a name.',
    acceptance: ['the reduced tax on 1000 cents is 70', 'the initials of "Ada Lovelace" are "AL"'],
  },
};

/** A ticket as its reporter files it: without the label that makes it a mission. */
export function ticketOf({ kind, name, item }: Desk) {
  const { title, happens, should, acceptance } = TICKETS[kind];
  return {
    key: item,
    title: `${title} (${name})`,
    description: [
      `## What happens\n\nThis is about ${name}. ${happens}`,
      `## What should happen\n\n${should}`,
      `## Acceptance\n\n${acceptance.map((line) => `- ${line}`).join('\n')}\n`,
    ].join('\n\n'),
  };
}
