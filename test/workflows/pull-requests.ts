import type { PersonsRemark, PullRequestActivities, PullRequestNow } from '../../activities/pull-request.js';
import { type AllActivities, OPEN, stubs } from './stubs.js';

type Written<Name extends keyof PullRequestActivities> = Parameters<PullRequestActivities[Name]>[0];

/** One pull request at a forge that has them: what was written there, and what people do to it. */
export function pullRequest() {
  const opened: Written<'openPullRequest'>[] = [];
  const edits: Written<'editPullRequest'>[] = [];
  const checks: Written<'reportCheck'>[] = [];
  const replies: Written<'replyOnPullRequest'>[] = [];
  let now: PullRequestNow = { state: 'open', draft: true, head: '', remarks: [], verdicts: [], protection: OPEN };
  let reads = 0;
  const activities: Partial<AllActivities> = {
    readBase: async (input) => ({ ...(await stubs.readBase(input)), pullRequests: true }),
    openPullRequest: async (input) => {
      opened.push(input);
      return { number: 7, url: 'http://forge.test/7', already: false };
    },
    editPullRequest: async (input) => {
      edits.push(input);
      return { already: false };
    },
    reportCheck: async (input) => {
      checks.push(input);
      return { already: false };
    },
    replyOnPullRequest: async (input) => {
      replies.push(input);
      return { already: false };
    },
    readPullRequest: async () => {
      reads++;
      return now;
    },
  };
  return {
    ...{ activities, opened, edits, checks, replies },
    reads: () => reads,
    /** What becomes of it at the forge. */
    becomes: (change: Partial<PullRequestNow>) => {
      now = { ...now, ...change };
    },
    /** What a check said, one state after the other. */
    statesOf: (name: string) => checks.filter((check) => check.name === name).map(({ state }) => state),
  };
}

export function remark(n: number, change: Partial<PersonsRemark> = {}): PersonsRemark {
  return {
    ...{ id: `${n}`.padStart(16, '0'), remark: `line-${n}`, by: 'Ada' },
    ...{ rule: 'persons-remark', severity: 'note', risk: 'low' },
    ...{ path: 'src/one.ts', line: n, message: `remark ${n}` },
    ...change,
  };
}
