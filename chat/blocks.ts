// Messages of chat as plain objects in Slack's Block Kit (docs.slack.dev/reference/block-kit), and its limits. Pure.

export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
}

export interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
}

export interface Button {
  readonly type: 'button';
  readonly text: PlainText;
  readonly action_id: string;
  readonly value?: string;
  readonly url?: string;
  readonly style?: 'primary' | 'danger';
}

export interface TextInput {
  readonly type: 'plain_text_input';
  readonly action_id: string;
  readonly multiline?: boolean;
  readonly max_length?: number;
  readonly initial_value?: string;
  readonly placeholder?: PlainText;
}

export interface UsersSelect {
  readonly type: 'users_select';
  readonly action_id: string;
}

export type Block =
  | {
      readonly type: 'section';
      readonly text: Mrkdwn;
      readonly block_id?: string;
    }
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] }
  | { readonly type: 'divider' }
  | { readonly type: 'actions'; readonly elements: readonly Button[]; readonly block_id?: string };

export type InputBlock = {
  readonly type: 'input';
  readonly block_id: string;
  readonly label: PlainText;
  readonly element: TextInput | UsersSelect;
  readonly hint?: PlainText;
  readonly optional?: boolean;
};

/** What is posted. `text` is what notifications and screen readers have. */
export interface ChatMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

export interface Modal {
  readonly type: 'modal';
  readonly callback_id: string;
  readonly title: PlainText;
  readonly submit: PlainText;
  readonly close: PlainText;
  readonly private_metadata: string;
  readonly blocks: readonly (Block | InputBlock)[];
}

/** Terminal codes, and marks that make text read in another direction than it is written. */
export const INVISIBLE = /(?!\s)[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

const BLOCKS = 50;
const SECTION = 3_000;
const CONTEXT = 3_000;
const HEADER = 150;
const BUTTON = 75;
/** Slack cuts longer texts; the blocks have the whole. */
const FALLBACK = 3_000;

export function plain(text: string, max: number): PlainText {
  return { type: 'plain_text', text: cut(text.replace(INVISIBLE, '').replace(/\s+/g, ' ').trim(), max) || ' ' };
}

/** `text` is mrkdwn: foreign text in it is escaped by `escaped`. */
export function section(text: string): Block {
  return { type: 'section', text: mrkdwn(text, SECTION) };
}

export function header(text: string): Block {
  return { type: 'header', text: plain(text, HEADER) };
}

export function context(...texts: readonly string[]): Block {
  return { type: 'context', elements: texts.slice(0, 10).map((text) => mrkdwn(text, CONTEXT)) };
}

export function actions(...elements: readonly Button[]): Block {
  return { type: 'actions', elements };
}

export function button(
  text: string,
  action: string,
  more: Partial<Pick<Button, 'value' | 'url' | 'style'>> = {},
): Button {
  return { type: 'button', text: plain(text, BUTTON), action_id: action, ...more };
}

/** A message as Slack takes it: the blocks over its limit are left out, and that is said. */
export function message(text: string, blocks: readonly Block[]): ChatMessage {
  const shown =
    blocks.length <= BLOCKS
      ? blocks
      : [...blocks.slice(0, BLOCKS - 1), context(`… and ${blocks.length - BLOCKS + 1} more parts`)];
  return { text: cut(text.trim(), FALLBACK) || ' ', blocks: shown };
}

function mrkdwn(text: string, max: number): Mrkdwn {
  return { type: 'mrkdwn', text: cut(text, max) || ' ' };
}

/** An escaped character or the half of a pair is not left behind. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text
    .slice(0, max - 1)
    .replace(/&[a-z]{0,3}$/, '')
    .replace(/[\ud800-\udbff]$/, '')}…`;
}
