import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { LoopbackServer } from './loopback-server.js';

// AWS KMS as far as envelope encryption goes: its JSON protocol over HTTP, its errors, and its check of signatures.

export interface KmsCall {
  readonly operation: string;
  readonly keyId: string;
  readonly context: Readonly<Record<string, string>>;
}

export class FakeKms {
  readonly accessKeyId = 'AKIAFAKEKMSCANARY001';
  readonly secretAccessKey = randomBytes(30).toString('base64');
  readonly keyId = 'alias/customer';
  /** Every request that was granted. */
  readonly calls: KmsCall[] = [];
  /** The customer has switched the key off. */
  disabled = false;
  readonly #master = randomBytes(32);
  readonly #server = new LoopbackServer(async (request, response) => {
    const { status, body } = this.#answer(request, await buffer(request));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });

  /** Of a process that may use it. */
  get env(): Readonly<Record<string, string>> {
    return { AWS_ACCESS_KEY_ID: this.accessKeyId, AWS_SECRET_ACCESS_KEY: this.secretAccessKey };
  }

  get url(): string {
    return this.#server.url;
  }

  async start(): Promise<void> {
    await this.#server.start();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #answer(request: IncomingMessage, body: Buffer): { readonly status: number; readonly body: unknown } {
    const refused = (__type: string, message: string) => ({ status: 400, body: { __type, message } });
    if (!this.#signed(request, body)) return refused('InvalidSignatureException', 'The signature does not match.');
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '');
    const asked = JSON.parse(body.toString()) as Record<string, unknown>;
    const context = (asked.EncryptionContext ?? {}) as Record<string, string>;
    if (asked.KeyId !== this.keyId) return refused('NotFoundException', `Alias ${asked.KeyId} is not found.`);
    if (this.disabled) return refused('DisabledException', `${this.keyId} is disabled.`);
    const granted = (answer: Record<string, unknown>) => {
      this.calls.push({ operation, keyId: this.keyId, context });
      return { status: 200, body: { KeyId: this.keyId, ...answer } };
    };
    if (operation === 'GenerateDataKeyWithoutPlaintext') {
      if (asked.KeySpec !== 'AES_256') return refused('ValidationException', 'KeySpec');
      return granted({ CiphertextBlob: this.#wrap(randomBytes(32), context).toString('base64') });
    }
    if (operation !== 'Decrypt') return refused('UnknownOperationException', operation);
    try {
      const wrapped = Buffer.from(String(asked.CiphertextBlob), 'base64');
      return granted({ Plaintext: this.#unwrap(wrapped, context).toString('base64') });
    } catch {
      return refused('InvalidCiphertextException', 'The ciphertext or its context is another.');
    }
  }

  #wrap(key: Buffer, context: Readonly<Record<string, string>>): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#master, nonce).setAAD(Buffer.from(JSON.stringify(context)));
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  }

  #unwrap(wrapped: Buffer, context: Readonly<Record<string, string>>): Buffer {
    const decipher = createDecipheriv('aes-256-gcm', this.#master, wrapped.subarray(0, 12))
      .setAAD(Buffer.from(JSON.stringify(context)))
      .setAuthTag(wrapped.subarray(-16));
    return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
  }

  /** Signature version 4, computed again from what came. */
  #signed({ method, url, headers }: IncomingMessage, body: Buffer): boolean {
    const parts =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/kms\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/;
    const [, id, day = '', region = '', names = '', signature] = parts.exec(headers.authorization ?? '') ?? [];
    if (id !== this.accessKeyId) return false;
    const signedHeaders = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
    const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const canonical = [method, url, '', signedHeaders.join(''), names, sha256(body)].join('\n');
    const scope = `${day}/${region}/kms/aws4_request`;
    const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
    const key = ['kms', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${this.secretAccessKey}`, day), region));
    return hmac(key, toSign).toString('hex') === signature;
  }
}
