import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// A browser without a window, told what to do over a pipe, in the DevTools protocol. Screenshots by chromium's own flag
// hang on pages that keep a connection open: here the page says itself when it is loaded.

/** A page that is slower is broken. */
const LOAD_MS = 60_000;
/** Pages that draw what they fetch have this long after they are loaded; others are quiet at once. */
const QUIET_MS = 15_000;
const END = '\0';

export interface Browser {
  /** A PNG of the page as it is when nothing more comes. Throws when it can't be loaded. */
  picture(url: string, size: { readonly width: number; readonly height: number }): Promise<Buffer>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: { readonly name?: string };
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'signalbox-chromium-'));
  const flags = [
    ...['--headless=new', '--no-sandbox', '--hide-scrollbars', '--disable-gpu', '--remote-debugging-pipe'],
    // Pictures of people and the like, from elsewhere: nobody waits for them.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  ];
  const child = spawn('chromium', [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  const pipe = new Pipe(child);
  return {
    async picture(url, { width, height }) {
      const { targetId } = await pipe.ask('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = await pipe.ask('Target.attachToTarget', { targetId, flatten: true });
      const page = String(sessionId);
      await pipe.ask('Page.enable', {}, page);
      await pipe.ask('Page.setLifecycleEventsEnabled', { enabled: true }, page);
      await pipe.ask(
        'Emulation.setDeviceMetricsOverride',
        { width, height, deviceScaleFactor: 1, mobile: false },
        page,
      );
      const loaded = pipe.said('load', page, LOAD_MS);
      const quiet = pipe.said('networkIdle', page, LOAD_MS);
      const { errorText } = await pipe.ask('Page.navigate', { url }, page);
      if (errorText) throw new Error(`${url}: ${errorText}`);
      if (!(await loaded)) throw new Error(`${url} was not loaded after ${LOAD_MS / 1000} s`);
      await Promise.race([quiet, sleep(QUIET_MS, undefined, { ref: false })]);
      const { data } = await pipe.ask('Page.captureScreenshot', { format: 'png' }, page);
      await pipe.ask('Target.closeTarget', { targetId });
      return Buffer.from(String(data), 'base64');
    },
    async close() {
      const ended = once(child, 'exit');
      await pipe.ask('Browser.close', {}).catch(() => child.kill('SIGKILL'));
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** JSON messages, each ended by a zero byte: commands by the third descriptor, what is said by the fourth. */
class Pipe {
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, (message: Message) => void>();
  readonly #listening = new Set<(message: Message) => void>();
  #last = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    let rest = '';
    const said = child.stdio[4] as NodeJS.ReadableStream;
    said.setEncoding('utf8');
    said.on('data', (chunk: string) => {
      const parts = (rest + chunk).split(END);
      rest = parts.pop() ?? '';
      for (const part of parts) this.#heard(JSON.parse(part) as Message);
    });
    child.once('exit', () => {
      for (const answer of this.#asked.values()) answer({ error: { message: 'chromium has ended' } });
    });
  }

  ask(method: string, params: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    const answered = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      this.#asked.set(id, ({ result = {}, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result),
      );
    });
    const commands = this.#child.stdio[3] as NodeJS.WritableStream;
    commands.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}${END}`);
    return answered;
  }

  /** Whether a page said this of itself within a time. */
  said(name: string, page: string, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const over = (heard: boolean) => {
        clearTimeout(late);
        this.#listening.delete(listen);
        resolve(heard);
      };
      const late = setTimeout(() => over(false), withinMs);
      const listen = ({ method, sessionId, params }: Message) => {
        if (method === 'Page.lifecycleEvent' && sessionId === page && params?.name === name) over(true);
      };
      this.#listening.add(listen);
    });
  }

  #heard(message: Message): void {
    if (message.id === undefined) for (const listen of this.#listening) listen(message);
    else this.#asked.get(message.id)?.(message);
  }
}
