import { z } from 'zod';
import { Price, Usage } from './money.js';
import { SEEN_PICTURES } from './pictures.js';

// The conversation with a model, in no provider's words: adapters translate.

export const Tier = z.enum(['small', 'strong']);
export type Tier = z.infer<typeof Tier>;

/** A model that this installation may call. Data, from the catalogue and the operator's configuration. */
export const ModelCard = z.strictObject({
  name: z.string().describe('`<provider>/<id>`: unique in an installation'),
  provider: z.string(),
  id: z.string().describe('As the provider calls it'),
  tier: Tier,
  contextTokens: z.number().int().positive(),
  maxOutputTokens: z.number().int().positive(),
  thinking: z.boolean().describe('Can think before it answers'),
  images: z.boolean(),
  price: Price.nullable().describe('Null: unknown'),
  priceAsOf: z.string().optional(),
  endsOn: z.string().optional().describe('Date at which the provider switches it off'),
});
export type ModelCard = Readonly<z.infer<typeof ModelCard>>;

const TextPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const ImagePart = z.strictObject({
  type: z.literal('image'),
  mediaType: z.enum(SEEN_PICTURES),
  base64: z.string(),
});

export type ImagePart = Readonly<z.infer<typeof ImagePart>>;

export const Part = z.discriminatedUnion('type', [
  TextPart,
  ImagePart,
  z.strictObject({
    type: z.literal('thinking'),
    provider: z.string().describe('Only this provider can read it back; others are not sent it'),
    text: z.string(),
    opaque: z.unknown().describe("The provider's own block, sent back as it came"),
  }),
  z.strictObject({ type: z.literal('tool-call'), id: z.string(), name: z.string(), input: z.unknown() }),
  z.strictObject({
    type: z.literal('tool-result'),
    id: z.string(),
    content: z.array(z.discriminatedUnion('type', [TextPart, ImagePart])),
    isError: z.boolean(),
  }),
]);
export type Part = Readonly<z.infer<typeof Part>>;

export const Message = z.strictObject({ role: z.enum(['user', 'assistant']), parts: z.array(Part).min(1) });
export type Message = Readonly<z.infer<typeof Message>>;

export const ToolSpec = z.strictObject({
  name: z.string().regex(/^[a-z][a-z_]{0,63}$/),
  description: z.string(),
  inputSchema: z.record(z.string(), z.unknown()).describe('JSON Schema'),
});
export type ToolSpec = Readonly<z.infer<typeof ToolSpec>>;

export interface ModelRequest {
  /** Name of a model card. */
  readonly model: string;
  /** System, tools and messages up to the last but one are the stable prefix: the same bytes turn after turn. */
  readonly system: string;
  readonly tools: readonly ToolSpec[];
  readonly messages: readonly Message[];
  readonly maxOutputTokens: number;
  /** Tokens to think with; 0 for none. Ignored where the model has no thinking. */
  readonly thinkingTokens: number;
  /** The tool that must be called; by default the model chooses. */
  readonly force?: string;
}

export const ModelAnswer = z.strictObject({
  message: Message,
  stop: z.enum(['end', 'tools', 'length', 'refusal']),
  usage: Usage,
  /** Name of the model card that answered. */
  model: z.string(),
  /** Id of the answer at the provider. */
  id: z.string(),
  durationMs: z.number().nonnegative(),
});
export type ModelAnswer = Readonly<z.infer<typeof ModelAnswer>>;
