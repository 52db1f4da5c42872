import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { z } from 'zod';
import type { CommandResult, PrepareRequest } from '../../activities/ports.js';
import { durationMs } from '../../schemas/duration.js';
import type { SnapshotDepot } from '../depot/depot.js';
import { lost, refused } from '../depot/git.js';
import type { Checkouts } from './checkouts.js';
import { openEgress } from './egress.js';
import type { Fixture } from './fixture.js';
import { runGit } from './git-tools.js';
import { Holder } from './holder.js';
import { Place } from './place.js';
import { runCommand } from './run.js';
import { SANDBOX_DIR } from './site.js';
import { createWatch } from './watchdog.js';

// Set-up layers: what a step installed, kept read-only and laid below every workspace with the same lockfiles.

export const LAYERS = 'layers';
const OUTPUT_TAIL = 4000;

const Layer = z.object({ roots: z.array(z.string()) });

/** Lists what the step made, by topmost path, after it named the tracked files that it must not have touched. */
const INSPECT = `git update-index -q --refresh || :
git diff-files -z --name-only
printf '\\0'
git ls-files -z --others --directory --no-empty-directory
sync -f /workspace
`;

export interface LayersOptions {
  readonly fixture: Fixture;
  readonly depot: SnapshotDepot;
  readonly checkouts: Checkouts;
}

export class Layers {
  readonly #options: LayersOptions;
  readonly #pending = new Map<string, Promise<void>>();

  constructor(options: LayersOptions) {
    this.#options = options;
  }

  directory(layer: string): string {
    if (!/^[0-9a-f]{64}$/.test(layer)) throw refused('BadInput', `expected a layer from prepare: ${layer}`);
    return join(this.#options.fixture.site.directory, LAYERS, layer);
  }

  /** From the state directory, as overlays are told: the last step's layer is the topmost. */
  relativeFiles(layers: readonly string[]): string[] {
    return layers.map((layer) => join(SANDBOX_DIR, LAYERS, layer, 'files')).reverse();
  }

  /** Paths that the layers brought. Throws when a layer is missing on this host, or hides files of the tree. */
  async roots(repo: string, tree: string, layers: readonly string[]): Promise<readonly string[]> {
    if (layers.length === 0) return [];
    const roots = (await Promise.all(layers.map((layer) => this.#read(layer)))).flat();
    const hidden = (await this.#options.depot.list(repo, tree)).find((path) =>
      roots.some((root) => path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`)),
    );
    if (hidden === undefined) return roots;
    throw refused('SetupFailed', `${hidden} is a file of the repository and of a set-up step: only one can make it`);
  }

  async #read(layer: string): Promise<readonly string[]> {
    const directory = this.directory(layer);
    try {
      const { roots } = Layer.parse(JSON.parse(await readFile(join(directory, 'layer.json'), 'utf8')));
      await utimes(directory, new Date(), new Date());
      return roots;
    } catch {
      throw lost(`set-up layer ${layer} is not on this host: prepare it first`);
    }
  }

  async prepare(request: PrepareRequest): Promise<{ readonly layer: string; readonly cached: boolean }> {
    const layer = await this.#key(request);
    if (existsSync(this.directory(layer))) return { layer, cached: true };
    const running = this.#pending.get(layer);
    if (running) {
      await running;
      return { layer, cached: true };
    }
    const work = this.#make(request, layer).finally(() => this.#pending.delete(layer));
    this.#pending.set(layer, work);
    await work;
    return { layer, cached: false };
  }

  async #key({ repo, tree, step, layers }: PrepareRequest): Promise<string> {
    const { depot, fixture } = this.#options;
    const locks = await Promise.all(
      step.lockfiles.map(async (file) => {
        const path = posix.normalize(posix.join(step.in, file));
        const blob = await depot.blobAt(repo, tree, path);
        if (blob === undefined) {
          throw refused('SetupFailed', `step ${step.name} names the lockfile ${path}, which is not in the repository`);
        }
        return [path, blob];
      }),
    );
    const machine = [process.version, process.platform, process.arch, fixture.pythonVersion];
    const parts = [1, step.command, step.in, locks, step.registries, step.hosts, machine, layers];
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  }

  async #make(request: PrepareRequest, layer: string): Promise<void> {
    const { fixture, depot, checkouts } = this.#options;
    const { repo, tree, layers, step } = request;
    await checkouts.ensure(repo, tree);
    await this.roots(repo, tree, layers);
    const place = await Place.claim(fixture.site);
    const lower = [...this.relativeFiles(layers), checkouts.relativeFiles(tree)];
    const overlay = { lower, upper: place.relative('upper'), work: place.relative('work') };
    let holder: Holder | undefined;
    try {
      // What a step makes comes from its lockfiles and can be made again.
      await place.standOn({ repo, checkout: tree, layers: [...layers], work: false });
      holder = await Holder.open({ ...fixture, label: place.id, overlay });
      await this.#runStep(request, place, holder);
      const seed = checkouts.directory(tree);
      const inspected = await runGit({ fixture, holder, place, depot, repo, seed }, INSPECT);
      if (inspected.exitCode !== 0) throw lost(`step ${step.name} can't be inspected: ${inspected.stderr.text()}`);
      const [changed = '', made = ''] = splitOnce(inspected.stdout.text());
      if (changed !== '') {
        const names = changed.split('\0').filter(Boolean).join(', ');
        throw refused('SetupFailed', `step ${step.name} changed files of the repository: ${names}`);
      }
      await this.#keep(place, layer, made.split('\0').filter(Boolean));
    } finally {
      await holder?.close();
      await place.remove();
    }
  }

  async #runStep(request: PrepareRequest, place: Place, holder: Holder): Promise<void> {
    const { fixture } = this.#options;
    const { step, limits, signal, onOutput } = request;
    const egress = await openEgress({ site: fixture.site, step, directory: place.directory });
    try {
      const result = await runCommand({
        fixture,
        holder,
        profile: egress ? 'setup' : 'agent',
        label: place.id,
        // Package managers keep more in /tmp than memory should hold.
        mounts: [{ from: place.path('tmp'), to: '/tmp', writable: true }, ...(egress?.mounts ?? [])],
        limits,
        watch: createWatch(holder, [place.path('upper'), place.path('tmp')], limits),
        command: {
          command: egress ? egress.wrap(step.command) : step.command,
          cwd: step.in,
          timeoutMs: durationMs(step.timeout),
          ...(egress && { env: egress.env }),
          ...(signal && { signal }),
          ...(onOutput && { onStdout: onOutput }),
        },
      });
      signal?.throwIfAborted();
      if (result.exitCode !== 0) throw stepFailure(step.name, result, egress?.refusals() ?? []);
    } finally {
      await egress?.close();
    }
  }

  async #keep(place: Place, layer: string, roots: readonly string[]): Promise<void> {
    const final = this.directory(layer);
    const partial = join(place.directory, 'layer');
    await mkdir(partial);
    await writeFile(join(partial, 'layer.json'), JSON.stringify({ roots }));
    await rename(place.path('upper'), join(partial, 'files'));
    await mkdir(join(final, '..'), { recursive: true });
    await rename(partial, final).catch((error: Error) => {
      // Another worker may have been faster.
      if (!existsSync(final)) throw error;
    });
  }
}

function splitOnce(text: string): readonly [string, string] {
  // Each list ends every entry with a zero byte; an empty entry is between them.
  if (text.startsWith('\0')) return ['', text.slice(1)];
  const at = text.indexOf('\0\0');
  return [text.slice(0, at), text.slice(at + 2)];
}

function stepFailure(name: string, result: CommandResult, refusals: readonly string[]) {
  const how = result.ended ?? `exit code ${result.exitCode}`;
  const output = `${result.stdout}${result.stderr}`.slice(-OUTPUT_TAIL);
  const network = refusals.length > 0 ? `\nThe network refused: ${refusals.join('; ')}` : '';
  return refused('SetupFailed', `set-up step ${name} failed (${how}):\n${output}${network}`);
}
