import type { ChainId } from '../activities/ports-records.js';
import type { TriageEscalationNews } from '../activities/triage-time.js';
import type { Verdict } from '../activities/triage-verdicts.js';
import type { Claim, Kin } from '../schemas/claim.js';
import type { Signal } from '../schemas/signal.js';
import type { ItemOpinion, Stood } from '../schemas/triage-opinion.js';
import type { FoldedSource } from '../schemas/work-item.js';
import type { Order } from './messages.js';
import type { TriageCorrection, TriageStatus } from './messages-triage.js';

// What a triage carries from run to run.

export interface TriageStateData {
  readonly seen: string[];
  queue: Signal[];
  answers: string[];
  folded: number;
  missions: number;
  stage: TriageStatus['stage'];
  because: string;
  since: string;
  item?: string;
  missing: string[];
  /** The comment that asks the reporter, as it was written. */
  question?: { readonly body: string; readonly effectKey: string };
  /** The signal that is worked on. */
  signal?: Signal;
  /** The mission that was started last, when the run that started it has continued as new. */
  watched?: ChainId;
  /** A comment arrived, or an answer was given, since the item was last read. */
  answered: boolean;
  /** The reporter was reminded of what was asked. */
  reminded?: true;
  /** Why it was cancelled; gone when that has been carried out. */
  cancelled?: string;
  /** The one that was worked on last: what a person corrects is about it. */
  last?: Signal;
  /** What it says of itself where it is decided whose work it is. */
  claim?: Claim;
  /** It leads there, until its work is over. */
  leads?: true;
  /** Folded into it, for the mission; `told`: how many of them the mission knows of. */
  alsoFrom?: FoldedSource[];
  told?: number;
  /** Its mission can be told of more. */
  missionThere?: boolean;
  into?: Kin;
  near?: readonly Kin[];
  /** What a person has said, until it is carried out. */
  correction?: Order & { readonly to: TriageCorrection };
  /** When the first signal about the present work came, ISO 8601. */
  receivedAt?: string;
  /** Who is being told that nobody has decided about it; `escalated`, `late`: of the work that came at that time. */
  escalation?: TriageEscalationNews;
  escalated?: string;
  late?: string;
  /** What models have said about it; what was proposed and waits for a person; what was decided or proposed last. */
  opinions?: ItemOpinion[];
  proposal?: Verdict;
  stood?: Stood;
  /** `<source>/<item>` of what it was split into. */
  parts?: string[];
  /** Where a person has moved it. */
  moved?: { readonly repo: string; readonly because: string };
}
