import { z } from 'zod';

// What Jira Cloud takes as a document (its published JSON schema, @atlaskit/adf-schema), for the nodes that occur here.
// It refuses everything else with 400, as Jira does.

const Attributes = (names: Record<string, z.ZodType>) => z.strictObject(names);
const Mark = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('strong') }),
  z.strictObject({ type: z.literal('em') }),
  z.strictObject({ type: z.literal('code') }),
  z.strictObject({ type: z.literal('link'), attrs: Attributes({ href: z.string().min(1) }) }),
]);
const Text = z
  .strictObject({ type: z.literal('text'), text: z.string().min(1), marks: z.array(Mark).min(1).optional() })
  .refine(({ marks = [] }) => {
    const types = marks.map(({ type }) => type);
    const alone = !types.includes('code') || types.every((type) => type === 'code' || type === 'link');
    return alone && new Set(types).size === types.length;
  }, 'these marks do not go together');
const Inline = z.union([Text, z.strictObject({ type: z.literal('hardBreak') })]);
const Paragraph = z.strictObject({ type: z.literal('paragraph'), content: z.array(Inline) });
const Heading = z.strictObject({
  type: z.literal('heading'),
  attrs: Attributes({ level: z.int().min(1).max(6) }),
  content: z.array(Inline),
});
const CodeBlock = z.strictObject({
  type: z.literal('codeBlock'),
  attrs: Attributes({ language: z.string() }).optional(),
  content: z.array(z.strictObject({ type: z.literal('text'), text: z.string().min(1) })).max(1),
});
const Rule = z.strictObject({ type: z.literal('rule') });
const List: z.ZodType = z.lazy(() => z.union([BulletList, OrderedList]));
const ListItem = z.strictObject({
  type: z.literal('listItem'),
  content: z.tuple([Paragraph], z.union([Paragraph, CodeBlock, List])),
});
const BulletList = z.strictObject({ type: z.literal('bulletList'), content: z.array(ListItem).min(1) });
const OrderedList = z.strictObject({
  type: z.literal('orderedList'),
  attrs: Attributes({ order: z.int().min(0) }).optional(),
  content: z.array(ListItem).min(1),
});
const Quote = z.strictObject({
  type: z.literal('blockquote'),
  content: z.array(z.union([Paragraph, CodeBlock, List])).min(1),
});
const Document = z.strictObject({
  type: z.literal('doc'),
  version: z.literal(1),
  content: z.array(z.union([Paragraph, Heading, CodeBlock, Rule, List, Quote])).min(1),
});

/** Throws what is wrong with a document. */
export function assertAdf(document: unknown): void {
  Document.parse(document);
}
