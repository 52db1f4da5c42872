import { describe, expect, it } from '@jest/globals';
import type { ModelCard } from '../../schemas/model.js';
import type { ModelProvider } from '../../schemas/model-settings.js';
import { type Fault, troubleOf } from './trouble.js';

const provider: ModelProvider = {
  name: 'gate',
  kind: 'openai',
  baseUrl: 'https://gate.example/v1',
  apiKey: 'hush',
  keyFrom: 'GATE_KEY (or GATE_KEY_FILE)',
  needsKey: true,
};
const card = { name: 'gate/m', id: 'm' } as ModelCard;
const told = (fault: Partial<Fault>) => troubleOf({ message: 'no', ...fault }, provider, card);

describe('how long to wait', () => {
  const wait = (headers: Record<string, string>) => told({ status: 429, headers: new Headers(headers) }).trouble;

  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after': '86400' }, 86_400_000],
    [{ 'retry-after': '9999999' }, 2_678_400_000],
  ])('is what %j says', (headers, retryAfterMs) => {
    expect(wait(headers)).toEqual({ kind: 'rate-limited', retryAfterMs });
  });

  it('is until the date that it says', () => {
    const { retryAfterMs } = wait({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() }) as {
      retryAfterMs: number;
    };
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it.each([[{}], [{ 'retry-after': 'soon' }], [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }]])(
    'is not known from %j',
    (headers: Record<string, string>) => expect(wait(headers)).toEqual({ kind: 'rate-limited' }),
  );
});

describe('what to do about it', () => {
  it.each<[Partial<Fault>, string]>([
    [{ status: 401 }, 'check GATE_KEY (or GATE_KEY_FILE)'],
    [{ status: 402 }, 'add credit to the account of gate'],
    [{ status: 404 }, "check that https://gate.example/v1 is the provider's address and that it has the model m"],
    [{ status: 400 }, 'models.use'],
    [{ status: 429 }, 'worker.parallelModelCalls'],
    [{}, 'check that https://gate.example/v1 can be reached'],
  ])('is said for %j', (fault, remedy) => {
    expect(told(fault).message).toContain(remedy);
  });

  it('comes after what the provider said: on one line, not endless, and without the key', () => {
    const { message } = told({ status: 400, message: `bad\n  hush ${'x'.repeat(9_000)}` });
    expect(message).toMatch(/^gate\/m: 400 bad \[the key\] x+ \(/);
    expect(message.length).toBeLessThan(700);
  });
});
