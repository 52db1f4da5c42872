import type { Progress } from './run.js';

const LINE_MS = 1_000;

/** Tells on stderr how far a run is: one line that is rewritten on a terminal, else a line per second. */
export function progressLine(json: boolean): {
  readonly say: (what: string) => void;
  readonly progress: (now: Progress) => void;
} {
  const started = Date.now();
  const { stderr } = process;
  let [told, last] = [0, ''];
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const clear = () => (stderr.isTTY && !json ? '\r\u001b[K' : '');
  return {
    say(what) {
      stderr.write(
        json ? `${JSON.stringify({ seconds: seconds(), event: what })}\n` : `${clear()}${seconds()} s  ${what}\n`,
      );
    },
    progress(now) {
      if (Date.now() - told < LINE_MS) return;
      told = Date.now();
      if (json) {
        stderr.write(`${JSON.stringify({ seconds: seconds(), ...now })}\n`);
        return;
      }
      const { missions, finished, faults, faultsLeft, down } = now;
      const away = down.length > 0 ? `; down: ${down.join(', ')}` : '';
      const line = `${finished}/${missions} missions ended, ${faults}/${faults + faultsLeft} faults done${away}`;
      if (!stderr.isTTY && line === last) return;
      last = line;
      stderr.write(stderr.isTTY ? `${clear()}${seconds()} s  ${line}` : `${seconds()} s  ${line}\n`);
    },
  };
}
