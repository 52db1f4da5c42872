import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FaultProxy, type ProxySpoil } from './fault-proxy.js';

describe('a proxy that spoils answers', () => {
  let vendor: Server;
  let proxy: FaultProxy;
  let heard: string[];

  beforeEach(async () => {
    heard = [];
    vendor = createServer(async (request, response) => {
      heard.push((await buffer(request)).toString());
      response.end('x'.repeat(1_000));
    }).listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    proxy = new FaultProxy(`http://127.0.0.1:${(vendor.address() as AddressInfo).port}`);
    await proxy.start();
  });
  afterEach(async () => {
    await proxy.close();
    vendor.closeAllConnections();
    vendor.close();
  });

  /** Characters of the answer, or that there was none. */
  async function call(): Promise<number | 'broken'> {
    try {
      return (await (await fetch(`${proxy.url}/any`, { method: 'POST', body: 'do it' })).text()).length;
    } catch {
      return 'broken';
    }
  }

  it.each<readonly [ProxySpoil, number | 'broken', number]>([
    ['delay', 1_000, 1],
    ['drop', 'broken', 0],
    ['cut', 'broken', 1],
    ['done-then-timeout', 'broken', 1],
  ])('%s: the caller has %s, the vendor heard %d', async (spoil, answer, times) => {
    proxy.spoilNext({ spoil, holdMs: 20 });
    expect(await call()).toBe(answer);
    expect(heard).toHaveLength(times);
    expect(proxy.exchanges).toMatchObject([{ spoil, body: 'do it' }]);
    expect(proxy.exchanges[0]?.deliveredAt === undefined).toBe(answer === 'broken');
  });

  it('passes on the next one as it is, and knows that it is the same call', async () => {
    proxy.spoilNext({ spoil: 'drop', holdMs: 0 });
    await call();
    expect(await call()).toBe(1_000);
    const [first, second] = proxy.exchanges;
    expect(second?.key).toBe(first?.key);
    expect(second?.spoil).toBeUndefined();
    expect(second?.deliveredAt).toBeGreaterThan(0);
  });
});
