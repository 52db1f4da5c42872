import { type InputBlock, type Modal, plain, section } from './blocks.js';
import { code } from './mrkdwn.js';

// Forms. What they are about travels in their private metadata: it is checked again when they come back.

export const TEXT = 'text';
export const PERSON = 'person';
const TITLE = 24;
const LABEL = 200;
const INPUT_CHARS = 3_000;

interface Form {
  readonly callback: string;
  readonly title: string;
  readonly submit: string;
  readonly about: Readonly<Record<string, string>>;
}

function form({ callback, title, submit, about }: Form, blocks: Modal['blocks']): Modal {
  return {
    type: 'modal',
    callback_id: callback,
    title: plain(title, TITLE),
    submit: plain(submit, TITLE),
    close: plain('Back', TITLE),
    private_metadata: JSON.stringify(about),
    blocks,
  };
}

function ask(label: string, hint: string, more: { readonly optional?: boolean } = {}): InputBlock {
  return {
    type: 'input',
    block_id: TEXT,
    label: plain(label, LABEL),
    element: { type: 'plain_text_input', action_id: TEXT, multiline: true, max_length: INPUT_CHARS },
    ...(hint !== '' && { hint: plain(hint, LABEL) }),
    ...more,
  };
}

export function runModal(channel: string): Modal {
  const hint = 'What happens, what should happen instead, and how you will check it. A line "repo: name" says where.';
  const about = { channel };
  return form({ callback: 'run', title: 'Ask for a mission', submit: 'Ask', about }, [
    ask('What is to be done?', hint),
  ]);
}

export function steerModal(item: string, channel: string): Modal {
  return form({ callback: 'steer', title: 'Steer a mission', submit: 'Steer', about: { item, channel } }, [
    section(`Guidance for ${code(item)}: the next plan or step takes it in.`),
    ask('What should be different?', ''),
  ]);
}

export function answerModal(about: { readonly item: string; readonly of: string }, channel: string): Modal {
  return form({ callback: 'answer', title: 'Answer', submit: 'Answer', about: { ...about, channel } }, [
    section(`About ${code(about.item)}.`),
    ask('Your answer', ''),
  ]);
}

/** `binding`: what the person saw, and so what the answer is about. */
export function decisionModal(decision: 'reject' | 'ask-back' | 'hand-over', binding: string, channel: string): Modal {
  const about = { binding, channel };
  if (decision === 'reject') {
    return form({ callback: 'reject', title: 'Reject', submit: 'Reject', about }, [ask('Why?', 'It is kept.')]);
  }
  if (decision === 'ask-back') {
    return form({ callback: 'ask-back', title: 'Ask back', submit: 'Ask', about }, [
      ask('What do you want to know?', ''),
    ]);
  }
  const person: InputBlock = {
    type: 'input',
    block_id: PERSON,
    label: plain('To whom?', LABEL),
    element: { type: 'users_select', action_id: PERSON },
  };
  return form({ callback: 'hand-over', title: 'Hand over', submit: 'Hand over', about }, [
    person,
    ask('Why?', '', { optional: true }),
  ]);
}
