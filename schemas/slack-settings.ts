import { z } from 'zod';

export const SlackChannelId = z
  .string()
  .regex(/^[CG][A-Z0-9]{2,30}$/, 'expected an id as C0123ABCD: names of channels change');

const Channel = z.strictObject({
  id: SlackChannelId.describe('In Slack: the name of the channel, "View channel details", at the bottom'),
  repos: z
    .array(z.string().min(1))
    .default([])
    .describe('Repos that missions may be asked for here, the first where none is named; empty: all'),
  tell: z
    .boolean()
    .default(false)
    .describe('Missions in these repos that come from elsewhere have their thread here too'),
});
export type SlackChannel = Readonly<z.infer<typeof Channel>>;

export const SlackSection = z.strictObject({
  apiUrl: z.url().default('https://slack.com/api/'),
  channels: z.array(Channel).default([]).describe('Where Signalbox listens and speaks; nowhere else'),
  reaction: z
    .string()
    .regex(/^[a-z0-9_+'-]{1,100}$/, 'expected the name of an emoji without its colons')
    .default('railway_track')
    .describe('Emoji that makes a message a mission'),
  editSeconds: z.number().min(1).max(3_600).default(5).describe('A message of ours is edited no more often'),
});
export type SlackSection = Readonly<z.infer<typeof SlackSection>>;

/** Undefined: Signalbox has no business there. */
export function channelOf({ channels }: Pick<SlackSection, 'channels'>, id: string): SlackChannel | undefined {
  return channels.find((channel) => channel.id === id);
}

export interface IncidentPlace {
  readonly repo?: string | undefined;
  /** What asks for a channel, first come first served: only a channel of the configuration is taken. */
  readonly wanted: readonly (string | undefined)[];
  /** Where nothing else is. */
  readonly fallback: string | undefined;
}

/** Where an incident is told of: a wanted channel that may see its repo, that of the repo, or the one for all. */
export function incidentChannel(slack: Pick<SlackSection, 'channels'>, place: IncidentPlace): string | undefined {
  const { repo, wanted, fallback } = place;
  const mayTell = (id: string | undefined) => {
    const channel = id === undefined ? undefined : channelOf(slack, id);
    return channel && (repo === undefined || channel.repos.length === 0 || channel.repos.includes(repo));
  };
  const own = repo === undefined ? undefined : channelFor(slack, repo);
  return [...wanted, own, fallback].find(mayTell);
}

/** Where a mission that came from elsewhere is told about. */
export function channelFor({ channels }: Pick<SlackSection, 'channels'>, repo: string): string | undefined {
  const told = channels.filter(({ tell }) => tell);
  return (told.find(({ repos }) => repos.includes(repo)) ?? told.find(({ repos }) => repos.length === 0))?.id;
}
