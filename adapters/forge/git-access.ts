// How git shows a token to a forge: by the environment of one git, where neither its arguments nor a file nor what it
// says has it.

/** The environment that a git needs for a URL. */
export type GitAccess = (url: string) => Promise<Readonly<Record<string, string>>>;

export interface TokenAccess {
  /** URL of the forge: only what has its origin is shown the token, and nothing that a redirect leads to. */
  readonly forge: string;
  /** `url`: of the repository that it is for. */
  readonly token: (url: string) => Promise<string>;
  /** Certificates to trust. */
  readonly caFile?: string | undefined;
}

export function tokenAccess({ forge, token, caFile }: TokenAccess): GitAccess {
  const below = new URL(forge).origin;
  return async (url) => {
    if (!isBelow(url, below)) return {};
    const credentials = Buffer.from(`x-access-token:${await token(url)}`).toString('base64');
    const settings = configured([
      [`http.${below}/.extraHeader`, `Authorization: Basic ${credentials}`],
      // The header would go along to wherever the server says.
      ['http.followRedirects', 'false'],
      // No helper of the machine is asked, and none is told.
      ['credential.helper', ''],
    ]);
    return { ...settings, ...(caFile !== undefined && { GIT_SSL_CAINFO: caFile }) };
  };
}

function isBelow(url: string, origin: string): boolean {
  return URL.canParse(url) && new URL(url).origin === origin;
}

function configured(settings: readonly (readonly [key: string, value: string])[]): Record<string, string> {
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(settings.length)],
    ...settings.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]);
}
