import type { TriageCorrection } from '../../workflows/messages-triage.js';

// What somebody wrote after `/signalbox`.

export type Command =
  | { readonly verb: 'help' }
  | { readonly verb: 'run' | 'incident'; readonly repo?: string; readonly text: string }
  | { readonly verb: 'incidents' }
  | { readonly verb: 'show-incident'; readonly id: string }
  | { readonly verb: 'decide-incident'; readonly id: string; readonly open: boolean; readonly text: string }
  | { readonly verb: 'triage' | 'status' | 'approve'; readonly item?: string }
  | { readonly verb: 'correct'; readonly item: string; readonly to: TriageCorrection }
  | { readonly verb: 'mine' }
  | { readonly verb: 'steer' | 'pause' | 'resume' | 'cancel'; readonly item: string; readonly text: string }
  /** Not understood: the problem. */
  | { readonly verb: 'unknown'; readonly problem: string };

const ITEM = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,120}$/;

export function parseCommand(written: string): Command {
  const [, verb = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(written.trim()) ?? [];
  const [, first = '', text = ''] = /^(\S*)\s*([\s\S]*)$/.exec(rest.trim()) ?? [];
  switch (verb.toLowerCase()) {
    case '':
    case 'help':
      return { verb: 'help' };
    case 'triage':
      return correction(rest.trim()) ?? about('triage', first);
    case 'incident':
      return openIncident(rest.trim()) ?? { verb: 'incident', ...placed(rest.trim()) };
    case 'run':
      return { verb: 'run', ...placed(rest.trim()) };
    case 'status':
    case 'approve':
      return about(verb.toLowerCase() as 'status', first);
    case 'mine':
      return { verb: 'mine' };
    case 'steer':
    case 'pause':
    case 'resume':
    case 'cancel':
      if (first === '') return { verb: 'unknown', problem: `Which mission? For example: /signalbox ${verb} ENG-101` };
      if (!isItem(first)) return noItem(first);
      return { verb: verb.toLowerCase() as 'steer', item: bare(first), text: text.trim() };
    default:
      return { verb: 'unknown', problem: `There is no command "${verb.slice(0, 40)}".` };
  }
}

function about(verb: 'triage' | 'status' | 'approve', item: string): Command {
  if (item === '') return { verb };
  return isItem(item) ? { verb, item: bare(item) } : noItem(item);
}

/** `split ENG-7`, `accept ENG-7`, `merge ENG-7 ENG-6`, `move ENG-7 parcels`. */
function correction(text: string): Command | undefined {
  const [, kind, item = '', where = ''] = /^(split|accept|merge|move)\s+(\S+)(?:\s+(\S+))?$/.exec(text) ?? [];
  if (kind === undefined) return undefined;
  if (!isItem(item)) return noItem(item);
  if (kind === 'split' || kind === 'accept') return { verb: 'correct', item: bare(item), to: { kind } };
  if (where === '') return { verb: 'unknown', problem: `Where to? For example: /signalbox triage ${kind} ${item} …` };
  const to = kind === 'merge' ? ({ kind, into: bare(where) } as const) : ({ kind: 'move', repo: where } as const);
  return { verb: 'correct', item: bare(item), to };
}

/** `ls`, `show alertmanager-1a2b`, `close alertmanager-1a2b a test`: everything else tells of a new one. */
function openIncident(text: string): Command | undefined {
  if (text === 'ls') return { verb: 'incidents' };
  const [, what, id, more = ''] =
    /^(show|open|close)\s+`?(?:incident\/)?([a-z]+-[A-Za-z0-9._-]{1,100})`?(?:\s+([\s\S]*))?$/.exec(text) ?? [];
  if (id === undefined) return undefined;
  if (what === 'show') return { verb: 'show-incident', id };
  return { verb: 'decide-incident', id, open: what === 'open', text: more.trim() };
}

/** `in parcels: the totals are wrong`. */
function placed(text: string): { readonly repo?: string; readonly text: string } {
  const [, repo, rest] = /^in\s+([A-Za-z0-9][A-Za-z0-9._-]{0,99}):\s*([\s\S]*)$/.exec(text) ?? [];
  return repo !== undefined && rest !== undefined ? { repo, text: rest } : { text };
}

function isItem(text: string): boolean {
  return ITEM.test(text.replace(/^`|`$/g, ''));
}

/** People copy names of workflows and of questions too. */
function bare(item: string): string {
  return item.replace(/^`|`$/g, '').replace(/^(?:mission|approval)\//, '');
}

function noItem(given: string): Command {
  return { verb: 'unknown', problem: `"${given.slice(0, 60)}" is no name of a mission.` };
}
