import type { Config } from '../temporal.config.js';
import type { Row } from './row.js';

/** What every benchmark is handed. */
export interface BenchContext {
  /** Scratch space on the disk where an installation keeps its state; removed at the end. */
  readonly directory: string;
  readonly cacheDir: Config['cacheDir'];
  readonly installDir: Config['installDir'];
  readonly path: Config['path'];
  /** Fewer repetitions: to see that it works, not to believe the figures. */
  readonly quick: boolean;
  /** The bare workflows that ours are compared with. */
  readonly bareBundle: () => Promise<{ readonly code: string }>;
}

export interface Bench {
  readonly name: string;
  readonly run: (context: BenchContext) => Promise<readonly Row[]>;
}
