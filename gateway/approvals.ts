import { type Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Logger } from 'pino';
import { z } from 'zod';
import { personOfToken } from '../adapters/people/tokens.js';
import { ApprovalAnswerDraft } from '../schemas/approval-record.js';
import { parse, RefusedInput } from '../schemas/parse.js';
import type { PeopleFile, Person } from '../schemas/people.js';
import type { AnswerReceipt, Approver } from './approver.js';
import { readBody } from './body.js';
import { parseJson } from './doors/json.js';

// `/approvals`: the door of the CLI and of programs of people, each with a personal token.

/** 409: heard, and it counts for nothing; the body says why. */
const REFUSED = 409;

export interface ApprovalDoor {
  readonly approver: Approver;
  /** As they are now. Throws `RefusedInput` when that can't be read: then nobody is let in. */
  readonly people: () => Promise<PeopleFile>;
}

/** What a person sends: who it is says the token, and nothing else. */
const Answer = ApprovalAnswerDraft.omit({ via: true, actor: true }).extend({
  reason: ApprovalAnswerDraft.shape.reason.default(''),
  via: z.enum(['cli', 'api']).default('api'),
});
const Reply = z.strictObject({ question: ApprovalAnswerDraft.shape.question, text: z.string().min(1).max(4000) });

export function approvalRoutes({ approver, people }: ApprovalDoor, log: Pick<Logger, 'info'>): Hono {
  const app = new Hono();

  app.post('/', async (c) => {
    const person = await whoIs(c, people);
    const answer = await bodyOf(c, Answer, 'the answer');
    const receipt = await approver.answer({ ...answer, actor: { source: 'cli', id: person.key } });
    const { question, decision } = answer;
    log.info({ question, decision, person: person.key, taken: receipt.taken, said: receipt.said }, 'answer handed in');
    return answered(c, receipt);
  });

  app.post('/replies', async (c) => {
    const person = await whoIs(c, people);
    const { question, text } = await bodyOf(c, Reply, 'the reply');
    return answered(c, await approver.reply({ question, text, by: { id: person.key, name: person.name } }));
  });

  app.get('/:item/:n', async (c) => {
    await whoIs(c, people);
    const status = await approver.look(`${c.req.param('item')}/${c.req.param('n')}`);
    if (!status) throw new HTTPException(404, { message: 'there is no such question' });
    return c.json(status);
  });

  return app;
}

function answered(c: Context, receipt: AnswerReceipt): Response {
  return c.json(receipt, receipt.taken ? 200 : REFUSED);
}

async function whoIs(c: Context, people: ApprovalDoor['people']): Promise<Person> {
  const token = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (token === undefined) throw refused('expected the header Authorization: Bearer <personal token>');
  const known = await people().catch((error: unknown) => {
    if (error instanceof RefusedInput) throw new HTTPException(503, { message: error.message, cause: error });
    throw error;
  });
  const person = personOfToken(known, token);
  if (!person) throw refused('the token is of nobody in people.yaml; `signalbox people token` makes one');
  if (!person.active) throw refused(`${person.name} is not active any more`);
  return person;
}

function refused(message: string): HTTPException {
  return new HTTPException(401, { message });
}

async function bodyOf<Schema extends z.ZodType>(c: Context, schema: Schema, what: string): Promise<z.infer<Schema>> {
  const body = await readBody(c.req.raw);
  try {
    return parse(schema, parseJson(body, what), what);
  } catch (error) {
    if (error instanceof RefusedInput) throw new HTTPException(400, { message: error.message, cause: error });
    throw error;
  }
}
