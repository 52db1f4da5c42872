import { type PeopleFile, type Person, personOf } from '../../schemas/people.js';
import { channelOf, type SlackChannel, type SlackSection } from '../../schemas/slack-settings.js';

// Who may do what, where: by the channel that a command came from, and by who somebody is on the map of people.

/** Something that was refused, and what to do about it, for whoever wanted it. */
export class NotPermitted extends Error {
  readonly remedy: string;

  constructor(problem: string, remedy: string) {
    super(problem);
    this.remedy = remedy;
  }
}

export interface Place {
  readonly channel: string;
  readonly user: string;
}

export interface Permitted {
  readonly channel: SlackChannel;
  /** Undefined: a guest, who may look. */
  readonly person: Person | undefined;
}

export interface PermissionOptions {
  readonly slack: Pick<SlackSection, 'channels'>;
  /** As they are now. */
  readonly people: () => Promise<PeopleFile>;
}

export class Permissions {
  readonly #options: PermissionOptions;

  constructor(options: PermissionOptions) {
    this.#options = options;
  }

  /** Throws `NotPermitted` outside of the channels that are configured. */
  async look({ channel: id, user }: Place): Promise<Permitted> {
    const channel = channelOf(this.#options.slack, id);
    if (!channel) {
      throw new NotPermitted(
        'Signalbox does not work in this channel.',
        'Whoever runs it can add the channel under `slack.channels` in signalbox.config.yaml.',
      );
    }
    const person = personOf(await this.#options.people(), { source: 'slack', id: user });
    return { channel, person: person?.active ? person : undefined };
  }

  /** Throws `NotPermitted` for whoever is nobody we know, or has left. */
  async order(place: Place): Promise<Permitted & { readonly person: Person }> {
    const { channel, person } = await this.look(place);
    if (person) return { channel, person };
    throw new NotPermitted(
      `Signalbox does not know who ${place.user} is, so you may look and not order.`,
      `Whoever runs it can add your id ${place.user} to people.yaml.`,
    );
  }
}

/** Throws `NotPermitted` for a repo that a channel has no business with. */
export function checkRepo({ repos }: SlackChannel, repo: string): void {
  if (repos.length === 0 || repos.includes(repo)) return;
  throw new NotPermitted(
    `This channel has nothing to do with ${repo}.`,
    `Here it is about: ${repos.join(', ')}. Use the channel of ${repo}.`,
  );
}
