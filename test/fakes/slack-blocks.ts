import { z } from 'zod';

// What Slack accepts as Block Kit, by its published reference (docs.slack.dev/reference/block-kit): every limit and every
// required field of the blocks that a bot may send. Stricter than Slack in one way: a field that nobody knows is refused.

const plainText = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() });
const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(max), verbatim: z.boolean().optional() });
const anyText = (max: number) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)]);

const Id = z.string().min(1).max(255);
const block = { block_id: Id.optional() };

const Confirm = z.strictObject({
  title: plainText(100),
  text: anyText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: z.enum(['primary', 'danger']).optional(),
});

const Button = z.strictObject({
  type: z.literal('button'),
  text: plainText(75),
  action_id: Id,
  url: z.url().max(3_000).optional(),
  value: z.string().max(2_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: Confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
});

const Option = z.strictObject({
  text: anyText(75),
  value: z.string().min(1).max(150),
  description: plainText(75).optional(),
  url: z.url().max(3_000).optional(),
});

const Select = z.strictObject({
  type: z.literal('static_select'),
  action_id: Id,
  options: z.array(Option).min(1).max(100),
  initial_option: Option.optional(),
  placeholder: plainText(150).optional(),
});

const UsersSelect = z.strictObject({
  type: z.literal('users_select'),
  action_id: Id,
  initial_user: z.string().optional(),
  placeholder: plainText(150).optional(),
});

const Overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: Id,
  options: z.array(Option).min(1).max(5),
  confirm: Confirm.optional(),
});

const Input = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: Id,
  initial_value: z.string().max(3_000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3_000).optional(),
  max_length: z.int().min(1).max(3_000).optional(),
  placeholder: plainText(150).optional(),
});

const Interactive = z.discriminatedUnion('type', [Button, Select, UsersSelect, Overflow]);

const Blocks = {
  section: z
    .strictObject({
      type: z.literal('section'),
      ...block,
      text: anyText(3_000).optional(),
      fields: z.array(anyText(2_000)).min(1).max(10).optional(),
      accessory: Interactive.optional(),
      expand: z.boolean().optional(),
    })
    .refine(({ text, fields }) => text || fields, 'a section needs text or fields'),
  header: z.strictObject({ type: z.literal('header'), ...block, text: plainText(150) }),
  divider: z.strictObject({ type: z.literal('divider'), ...block }),
  context: z.strictObject({ type: z.literal('context'), ...block, elements: z.array(anyText(3_000)).min(1).max(10) }),
  actions: z.strictObject({ type: z.literal('actions'), ...block, elements: z.array(Interactive).min(1).max(25) }),
  input: z.strictObject({
    type: z.literal('input'),
    ...block,
    label: plainText(2_000),
    element: z.discriminatedUnion('type', [Input, Select, UsersSelect]),
    hint: plainText(2_000).optional(),
    optional: z.boolean().optional(),
  }),
} as const;

const MessageBlock = z.discriminatedUnion('type', [
  Blocks.section,
  Blocks.header,
  Blocks.divider,
  Blocks.context,
  Blocks.actions,
]);
const ModalBlock = z.discriminatedUnion('type', [...MessageBlock.options, Blocks.input]);

const ModalView = z.strictObject({
  type: z.literal('modal'),
  title: plainText(24),
  submit: plainText(24).optional(),
  close: plainText(24).optional(),
  callback_id: Id.optional(),
  private_metadata: z.string().max(3_000).optional(),
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
  external_id: Id.optional(),
  blocks: z.array(ModalBlock).min(1).max(100),
});

const Scalar = z.union([z.string(), z.number(), z.boolean()]);
export const MessageMetadata = z.strictObject({
  event_type: z.string().regex(/^[a-z0-9_]{1,255}$/i),
  event_payload: z.record(z.string(), z.union([Scalar, z.array(Scalar)])),
});

const Message = z.object({
  text: z.string().min(1, 'the text is what notifications and screen readers have').max(40_000),
  blocks: z.array(MessageBlock).min(1).max(50).optional(),
  metadata: MessageMetadata.optional(),
});

/** What Slack, or somebody who reads only the text, would not accept of a message. Empty: nothing. */
export function messageProblems(message: unknown): readonly string[] {
  return [...problemsOf(Message, message), ...twins((message as { blocks?: unknown } | undefined)?.blocks)];
}

export function viewProblems(view: unknown): readonly string[] {
  const { blocks, submit } = (view ?? {}) as { blocks?: { type?: string }[]; submit?: unknown };
  const asks = Array.isArray(blocks) && blocks.some(({ type }) => type === 'input');
  return [
    ...problemsOf(ModalView, view),
    ...twins(blocks),
    ...(asks && submit === undefined ? ['submit: a modal with inputs needs it'] : []),
  ];
}

function problemsOf(schema: z.ZodType, value: unknown): readonly string[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
}

/** Ids of blocks are unique in a message or view, ids of actions in their block. */
function twins(blocks: unknown): readonly string[] {
  if (!Array.isArray(blocks)) return [];
  const ids = blocks.flatMap(({ block_id: id }) => (id === undefined ? [] : [id]));
  const actions = blocks.flatMap(({ elements }, n) => {
    const its = Array.isArray(elements) ? elements.flatMap(({ action_id: id }) => (id === undefined ? [] : [id])) : [];
    return twice(its).map((id) => `blocks.${n}: two elements have the action_id ${id}`);
  });
  return [...twice(ids).map((id) => `two blocks have the block_id ${id}`), ...actions];
}

function twice(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, n) => ids.indexOf(id) !== n))];
}
