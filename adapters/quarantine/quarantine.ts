import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parse } from '../../schemas/parse.js';
import { keyPart, type Place, storeAt } from '../storage/object-store.js';

// What came from the right sender and was not understood, until a person has looked at it.

const OddDelivery = z.strictObject({
  door: z.string(),
  /** Why it was not understood. */
  reason: z.string(),
  /** ISO 8601. */
  at: z.iso.datetime(),
  delivery: z.string().optional().describe("The sender's id of it"),
  headers: z.record(z.string(), z.string()).describe('Those that say what it is about; none is a secret'),
  body: z.base64(),
});
export type OddDelivery = Readonly<z.infer<typeof OddDelivery>>;

export interface Quarantine {
  /** Lasts when it returns its id. The same bytes at the same door are kept once. */
  keep(odd: Omit<OddDelivery, 'body'> & { readonly body: Buffer }): Promise<string>;
  /** Ids, sorted. */
  list(): Promise<readonly string[]>;
  /** Undefined when there is none of this id. */
  read(id: string): Promise<OddDelivery | undefined>;
  remove(id: string): Promise<void>;
}

export function createQuarantine(place: Place): Quarantine {
  const store = storeAt(place);
  return {
    async keep({ body, ...odd }) {
      const id = `${keyPart(odd.door)}/${createHash('sha256').update(body).digest('hex').slice(0, 24)}`;
      await store.create(`${id}.json`, Buffer.from(JSON.stringify({ ...odd, body: body.toString('base64') })));
      return id;
    },
    list: async () => (await store.list('')).map((key) => key.replace(/\.json$/, '')),
    async read(id) {
      if (!/^[A-Za-z0-9%-]+\/[0-9a-f]{24}$/.test(id)) return undefined;
      const bytes = await store.get(`${id}.json`);
      return bytes && parse(OddDelivery, JSON.parse(bytes.toString()), `the quarantined delivery ${id}`);
    },
    remove: (id) => store.remove(`${id}.json`),
  };
}
