// What people and machines say in the full demo: one fault each, told the way each of them tells it.

/** Desks of the shop, each with the fault that is planted in it. */
export const FAULTS = {
  books: { file: 'discount.js', right: 'items >= 10', wrong: 'items > 10' },
  tools: { file: 'pages.js', right: '* size', wrong: '* (size - 1)' },
  toys: { file: 'lists.js', right: 'number > found', wrong: 'number < found' },
  garden: { file: 'text.js', right: 'cents / 100', wrong: 'cents * 100' },
} as const;

const story = (happens: string, should: string, acceptance: string) =>
  `## What happens\n\n${happens}\n\n## What should happen\n\n${should}\n\n## Acceptance\n\n- ${acceptance}`;

export const GITEA_ISSUE = {
  title: 'Orders of exactly 10 books get no discount',
  body: story(
    'This is about the desk books. An order of exactly 10 items gets no discount.',
    'A discount applies from its threshold on.',
    '10 items get 5 percent; 9 items get nothing.',
  ),
};

export const JIRA_TICKET = {
  key: 'SHOP-7',
  summary: 'The second page of tools begins too early',
  description: story(
    'This is about the desk tools. The second page repeats an item of the first page.',
    'A page begins where the one before it ended.',
    'With 3 items on a page the second page begins at index 3.',
  ),
};

/** A rule's author knows what should be: it says so in the annotations, as in a ticket. */
export const ALERT = {
  labels: { alertname: 'LargestIsSmallest', service: 'toys', severity: 'critical' },
  annotations: {
    summary: 'The desk toys reports the smallest of some numbers as the largest',
    description: story(
      'This is about the desk toys. Reports name the smallest of some numbers as the largest.',
      'The largest of some numbers is the largest one.',
      'The largest of 2, 7 and 5 is 7.',
    ),
  },
};

export const SLACK_TEXT = [
  'Amounts at the desk garden are far too large',
  story(
    'This is about the desk garden. An amount of 1250 cents is written as 125000.00.',
    'An amount is written in whole units with two decimals.',
    'The amount of 1250 cents is written as 12.50.',
  ),
].join('\n\n');
