import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** The server's side of a WebSocket (RFC 6455), as far as Socket Mode uses it: texts, pings and the close. */

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export class SlackSocket {
  readonly #socket: Duplex;
  #pending: Buffer = Buffer.alloc(0);

  constructor(request: IncomingMessage, socket: Duplex, heard: (text: string) => void) {
    this.#socket = socket;
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', (chunk: Buffer) => {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      for (let frame = this.#take(); frame; frame = this.#take()) {
        if (frame.opcode === TEXT) heard(frame.payload.toString());
        if (frame.opcode === PING) this.#write(PONG, frame.payload);
        if (frame.opcode === CLOSE) this.close();
      }
    });
    socket.on('error', () => socket.destroy());
  }

  send(message: unknown): void {
    this.#write(TEXT, Buffer.from(JSON.stringify(message)));
  }

  close(): void {
    this.#write(CLOSE, Buffer.from([0x03, 0xe8]));
    this.#socket.end();
  }

  #write(opcode: number, payload: Buffer): void {
    if (this.#socket.writableEnded || this.#socket.destroyed) return;
    const size = payload.length;
    const head =
      size < 126 ? Buffer.from([0x80 | opcode, size]) : Buffer.from([0x80 | opcode, 126, size >> 8, size & 255]);
    if (size > 65_535) throw new Error('frames over 64 KiB are not sent here');
    this.#socket.write(Buffer.concat([head, payload]));
  }

  /** The next whole frame; clients mask theirs. */
  #take(): { readonly opcode: number; readonly payload: Buffer } | undefined {
    const frame = this.#pending;
    if (frame.length < 2) return undefined;
    const short = (frame[1] ?? 0) & 127;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (frame.length < start) return undefined;
    const size = short === 126 ? frame.readUInt16BE(2) : short === 127 ? Number(frame.readBigUInt64BE(2)) : short;
    if (frame.length < start + 4 + size) return undefined;
    const mask = frame.subarray(start, start + 4);
    const payload = Buffer.from(frame.subarray(start + 4, start + 4 + size));
    for (const [n, byte] of payload.entries()) payload[n] = byte ^ (mask[n % 4] ?? 0);
    this.#pending = frame.subarray(start + 4 + size);
    return { opcode: (frame[0] ?? 0) & 15, payload };
  }
}
