// Runs the suite warm where that works, and by its own command where it does not.
import { LOAD, type Observed, type Runner, type SurveyRequest, Unsupported } from './runner.js';

interface Runners {
  readonly warm: () => Runner;
  readonly cold: () => Runner;
}

/** Which of the two it is shows in the first survey, which every request begins with. */
export class FallingBack implements Runner {
  readonly #runners: Runners;
  #runner: Runner | undefined;
  #cold = false;

  constructor(runners: Runners) {
    this.#runners = runners;
  }

  get batch() {
    return this.#present().batch;
  }

  get most() {
    return this.#present().most;
  }

  async survey(request: SurveyRequest): Promise<readonly Observed[]> {
    if (this.#cold) return this.#present().survey(request);
    try {
      const observed = await this.#present().survey(request);
      const unloaded = observed.filter(({ title }) => title === LOAD).map(({ file }) => file);
      if (unloaded.length === 0 || !(await this.#loadsCold({ ...request, files: unloaded }))) return observed;
      this.#note(`${unloaded[0]} does not load warm`);
    } catch (error) {
      // Whatever it was: the suite's own command decides.
      this.#note(error instanceof Error ? error.message : String(error));
    }
    await this.#runner?.close();
    this.#cold = true;
    this.#runner = this.#runners.cold();
    return this.#runner.survey(request);
  }

  /** A file may fail to load for want of a setting that only its own command knows; else the failure is its own. */
  async #loadsCold(request: SurveyRequest): Promise<boolean> {
    let cold: Runner | undefined;
    try {
      cold = this.#runners.cold();
      return (await cold.survey(request)).some(({ title }) => title !== LOAD);
    } catch (error) {
      if (error instanceof Unsupported) return false;
      throw error;
    } finally {
      await cold?.close();
    }
  }

  #note(why: string): void {
    process.stderr.write(`${why}: the suite's own command is used instead\n`);
  }

  judge: Runner['judge'] = (request) => this.#present().judge(request);
  record: Runner['record'] = (request) => this.#present().record(request);
  probe: Runner['probe'] = (request) => this.#present().probe(request);

  async close(): Promise<void> {
    await this.#runner?.close();
  }

  #present(): Runner {
    this.#runner ??= this.#runners.warm();
    return this.#runner;
  }
}
