import type { RiskLevel } from '../schemas/blueprint.js';
import type { TriagerOutput } from '../schemas/role-output.js';
import type { SourceItem, WorkItem } from '../schemas/work-item.js';

// What kind of work an item is, how bad and how risky. Labels and words decide; where they say nothing a model may,
// within bounds: what rules have found it can't lower, and it can't put anything before all other work.

export type Rating = Pick<WorkItem, 'type' | 'severity' | 'risk' | 'ratedBecause'>;

/** What a person looks at, whatever else is said. */
const RISKY =
  /\b(security (?:hole|issue|breach)|vulnerab\w+|(?:sql|code|command) injection|xss|csrf|(?:data|password|token|secret)s? (?:leak\w*|breach\w*|loss|lost|exposed)|personal data|gdpr|ransom\w*)\b/i;

const RISKS: readonly RiskLevel[] = ['low', 'medium', 'high'];

export interface ModelRating extends Pick<TriagerOutput, 'type' | 'severity' | 'risk' | 'because'> {
  readonly model: string;
}

/** `least`: of what it is a part of. */
export function rate(item: SourceItem, said: ModelRating | undefined, least: RiskLevel = 'low'): Rating {
  const has = (...names: string[]) => item.labels.some((label) => names.some((name) => same(label, name)));
  const wish = !has('bug') && /^\s*(add|export|support|implement|allow|introduce)\b/i.test(item.title);
  const isFeature = has('feature', 'enhancement') || wish;
  const typed = isFeature || has('bug', 'chore');
  // Labels and words may raise the risk; nothing in an item's text can lower it.
  const ruled = highest(least, has('critical') || RISKY.test(`${item.title}\n${item.text}`) ? 'high' : 'low');
  const severity = has('urgent') ? 'urgent' : has('high') ? 'high' : undefined;
  const rules: Rating = {
    type: isFeature ? 'feature' : has('chore') ? 'chore' : 'bug',
    severity: severity ?? 'normal',
    risk: ruled,
  };
  if (!said) return rules;
  const rating: Rating = {
    type: typed ? rules.type : said.type,
    severity: severity ?? (said.severity === 'urgent' ? 'high' : said.severity),
    risk: highest(ruled, said.risk),
  };
  const differs = rating.severity !== rules.severity || rating.risk !== rules.risk;
  return differs ? { ...rating, ratedBecause: `${said.model}: ${said.because}`.slice(0, 400) } : rating;
}

function highest(one: RiskLevel, other: RiskLevel): RiskLevel {
  return RISKS.indexOf(one) > RISKS.indexOf(other) ? one : other;
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
