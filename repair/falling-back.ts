// Runs the suite warm where that works, and by its own command where it does not.
import { NotWarm, type Observed, type Runner, type SurveyRequest } from './runner.js';

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
    try {
      return await this.#present().survey(request);
    } catch (error) {
      if (this.#cold || !(error instanceof NotWarm)) throw error;
      process.stderr.write(`${error.message}: its own command is used instead\n`);
      await this.#runner?.close();
      this.#cold = true;
      this.#runner = this.#runners.cold();
      return this.#runner.survey(request);
    }
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
