import type { BlobRef } from '../schemas/blob-ref.js';
import { parse } from '../schemas/parse.js';
import { CoderOutput, TesterOutput } from '../schemas/role-output.js';
import { readCases } from './gates.js';
import { titlesOf } from './junit.js';
import type { Blobs } from './ports.js';

export interface SubmissionPorts {
  readonly blobs: Blobs;
}

/** What agents handed in, for the workflow that decides what comes of it. */
export function createSubmissionActivities({ blobs }: SubmissionPorts) {
  async function read(output: BlobRef): Promise<unknown> {
    return JSON.parse((await blobs.get(output)).toString());
  }

  return {
    async readCoderOutput({ output }: { readonly output: BlobRef }): Promise<CoderOutput> {
      return parse(CoderOutput, await read(output), 'what the coder handed in');
    },

    /**
     * Which of the tests that a tester handed in really ran and failed. The gate's report decides: a test that does not
     * appear in it, or passes already, specifies nothing.
     */
    async readTesterOutput(input: {
      readonly output: BlobRef;
      /** `cases` of the verdict on the tester's tree. */
      readonly cases: BlobRef;
    }): Promise<{ readonly failing: readonly string[]; readonly others: readonly string[] }> {
      const { tests } = parse(TesterOutput, await read(input.output), 'what the tester handed in');
      const failed = new Set((await readCases(blobs, input.cases)).failing.flatMap((id) => [id, titlesOf(id)]));
      const fails = (test: string) => failed.has(test) || failed.has(titlesOf(test));
      return { failing: tests.filter(fails), others: tests.filter((test) => !fails(test)) };
    },
  };
}

export type SubmissionActivities = ReturnType<typeof createSubmissionActivities>;
