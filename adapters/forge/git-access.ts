// How git shows a token to a forge: by the environment of one git, where neither its arguments nor a file nor what it
// says has it.

/** The environment that a git needs for a URL. */
export type GitAccess = (url: string) => Promise<Readonly<Record<string, string>>>;

/** Only for what is below `origin`, and for nothing that a redirect leads to. */
export function tokenAccess(origin: string, token: () => Promise<string>): GitAccess {
  const below = new URL(origin).origin;
  return async (url) => {
    if (!isBelow(url, below)) return {};
    const credentials = Buffer.from(`x-access-token:${await token()}`).toString('base64');
    return configured([
      [`http.${below}/.extraHeader`, `Authorization: Basic ${credentials}`],
      // The header would go along to wherever the server says.
      ['http.followRedirects', 'false'],
      // No helper of the machine is asked, and none is told.
      ['credential.helper', ''],
    ]);
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
