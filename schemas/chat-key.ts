/** Where an item of Slack is: its message, which is the root of its thread. */
export interface ChatPlace {
  readonly channel: string;
  /** Slack's id of a message: seconds and a number. */
  readonly ts: string;
}

/** `slack-<channel>-<ts with its dot as a dash>`. */
export function chatKey({ channel, ts }: ChatPlace): string {
  return `slack-${channel}-${ts.replace('.', '-')}`;
}

/** What a command reported in chat is an item of that source, and no message: nothing can be read or written there. */
export function isAtSource(source: string, key: string): boolean {
  return source !== 'slack' || chatPlace(key) !== undefined;
}

/** Undefined: not the key of a message in Slack. */
export function chatPlace(key: string): ChatPlace | undefined {
  const [, channel, seconds, number] = /^slack-([CDG][A-Z0-9]{2,30})-(\d{10})-(\d{6})$/.exec(key) ?? [];
  return channel && seconds && number ? { channel, ts: `${seconds}.${number}` } : undefined;
}
