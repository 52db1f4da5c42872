import { tokensOf } from '../schemas/cost.js';
import { workflowId } from '../schemas/names.js';
import { addBudget, type MissionStatus } from '../workflows/messages.js';
import { withClient, withRecords } from './connect.js';
import { Refusal } from './errors.js';
import { lastStatus } from './last-status.js';
import { json, safe } from './output.js';
import { type RunningTasks, TaskWatch } from './running.js';
import { describeSpending, dollars, spendingOf, thousands } from './spending.js';

// What a mission may spend and has spent, and more of it.

interface Budget {
  readonly mission: string;
  /** US dollars. */
  readonly add: number | undefined;
  readonly json: boolean;
}

export function budget({ mission, add, ...options }: Budget): Promise<number> {
  if (add !== undefined) return raise(mission, add, options.json);
  return withRecords(async (context) => {
    const { client, output } = context;
    const { archived, ...status } = await lastStatus(context, mission);
    const running = archived || !client || status.outcome ? new Map() : await new TaskWatch(client).look(status);
    output.data(describe(status, running, options.json));
    return 0;
  });
}

function raise(mission: string, usd: number, asJson: boolean): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const by = { id: `cli:${config.user}`, name: config.user };
    const handle = client.workflow.getHandle(workflowId.mission(mission));
    const status = await handle.executeUpdate(addBudget, { args: [{ by, text: '', usd }] });
    if (asJson) output.data(describe(status, new Map(), true));
    else output.talk(`${safe(mission)} may spend ${dollars(status.budget?.limit.usd ?? null)} now`);
    return 0;
  });
}

function describe(status: MissionStatus, running: RunningTasks, asJson: boolean): string {
  const spending = spendingOf(status, running);
  if (!spending || !status.budget) {
    throw new Refusal(`${status.item} has no budget: no model is configured for it, or it has not begun`);
  }
  if (asJson) return json({ ...spending, share: status.budget.share, holders: status.holders ?? {} });
  return [
    `${safe(status.item)}  ${describeSpending(spending)} (of ${thousands(spending.limitTokens)})`,
    `given out or spent: ${Math.round(status.budget.share * 100)} %`,
    ...holderLines(status),
  ].join('\n');
}

function holderLines({ item, holders = {} }: MissionStatus): string[] {
  const own = `/${item}`;
  const rows = Object.entries(holders).map(([id, { granted, spent }]) => {
    const name = safe(id.replace(`${own}/`, ' ').replace(own, ''));
    return spent
      ? ([name, `spent ${dollars(spent.usd)}, ${thousands(tokensOf(spent.usage))} tokens`] as const)
      : ([name, `runs, may spend ${dollars(granted.usd)}, ${thousands(granted.tokens)} tokens`] as const);
  });
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, said]) => `  ${name.padEnd(width)}  ${said}`);
}
