import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { HTTPException } from 'hono/http-exception';
import { createRemoteJWKSet, jwtVerify } from 'jose';

// Who may have payloads decoded: whoever has the token, whoever signed in with it, and whom the identity provider knows.

export interface CodecAccess {
  /** Who is calling. Throws 401 with the reason; the header's content is not in it. */
  check(authorization: string | undefined, cookies: string | undefined): Promise<string>;
  /** The cookie for a browser that told the token. */
  signIn(token: string, cookie: { readonly secure: boolean }): string;
}

export interface CodecAccessSettings {
  readonly token?: string | undefined;
  /** Of the identity provider whose access tokens Temporal UI passes on. */
  readonly jwt?: { readonly issuer: string; readonly audience: string; readonly jwksUrl: string } | undefined;
}

const COOKIE = 'signalbox-codec';
const SIGNED_IN_S = 12 * 3600;
/** Signatures that only the provider can make: with a shared secret, whoever can check could forge. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

export function createCodecAccess({ token, jwt }: CodecAccessSettings, now: () => number = Date.now): CodecAccess {
  const provider = jwt && { ...jwt, keys: createRemoteJWKSet(new URL(jwt.jwksUrl)) };

  async function subjectOf(bearer: string): Promise<string> {
    if (!provider) throw refused('the token is wrong');
    const { issuer, audience, keys } = provider;
    const options = {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(now()),
    };
    try {
      const { payload } = await jwtVerify(bearer, keys, options);
      return `user ${payload.sub}`;
    } catch (error) {
      throw refused(`the access token is refused: ${(error as { code?: string }).code ?? 'it could not be checked'}`);
    }
  }

  const signed = (token: string, expires: number) =>
    `${expires}.${createHmac('sha256', token).update(`${COOKIE} ${expires}`).digest('base64url')}`;

  function signedIn(cookies: string | undefined): boolean {
    const value = cookies
      ?.split(/; */)
      .find((one) => one.startsWith(`${COOKIE}=`))
      ?.slice(COOKIE.length + 1);
    const expires = Number(value?.split('.')[0]);
    return token !== undefined && value !== undefined && expires > now() / 1000 && same(value, signed(token, expires));
  }

  return {
    async check(authorization, cookies) {
      const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
      if (bearer !== undefined) return token !== undefined && same(bearer, token) ? 'token' : subjectOf(bearer);
      if (signedIn(cookies)) return 'signed in';
      throw refused('nobody is signed in: expected a bearer token, or a sign-in at /codec/sign-in');
    },

    signIn(given, { secure }) {
      if (token === undefined || !same(given, token)) throw refused('the token is wrong');
      const value = signed(token, Math.floor(now() / 1000) + SIGNED_IN_S);
      const rules = `Path=/codec; Max-Age=${SIGNED_IN_S}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
      return `${COOKIE}=${value}; ${rules}`;
    },
  };
}

function refused(message: string): HTTPException {
  return new HTTPException(401, { message });
}

/** Hashes are compared, so the time it takes tells nothing. */
function same(one: string, other: string): boolean {
  const hash = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(hash(one), hash(other));
}
