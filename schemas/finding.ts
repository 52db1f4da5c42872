import { z } from 'zod';

/** One review remark. Its id is made of the rule, the path and the text it is about, so it stays over rounds. */
export const Finding = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  rule: z.enum([
    'protected-path',
    'secret',
    'size',
    'new-dependency',
    'suppression',
    'test-changed',
    'outside-touches',
    'flaky-test',
    'conflict-markers',
    'lost-in-conflict',
    'satisfaction',
    'model-correctness',
    'model-security',
    'model-simplicity',
    'model-tests',
    'persons-remark',
  ]),
  severity: z.enum(['note', 'person', 'blocker']).describe('`person`: needs an approval; `blocker`: must be gone'),
  path: z.string(),
  line: z.number().int().positive().optional(),
  message: z.string(),
  risk: z.enum(['low', 'medium', 'high']),
});
export type Finding = Readonly<z.infer<typeof Finding>>;
