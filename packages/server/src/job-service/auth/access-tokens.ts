import { createHash, createSecretKey, type KeyObject, randomUUID } from 'node:crypto';
import type { Clock } from '@cloudtask/core/clock';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { badToken } from './caller.ts';

export interface AccessTokensOptions {
  clock: Clock;
  secret: string;
  /** Its tokens are still accepted: for changing the secret without ending all sessions. */
  previousSecret?: string | undefined;
  lifetimeMs: number;
}

/** What an access token says. */
export interface AccessClaims {
  userId: string;
  tokenId: string;
  familyId: string;
  tokenVersion: number;
  expiresAtMs: number;
}

export interface AccessTokens {
  issue(owner: { userId: string; familyId: string; tokenVersion: number }): Promise<string>;
  /** Throws INVALID_TOKEN or TOKEN_EXPIRED. Says nothing about revocation. */
  verify(token: string): Promise<AccessClaims>;
}

const ISSUER = 'cloudtask';
const AUDIENCE = 'cloudtask-api';
const TYPE = 'at+jwt';
const ALGORITHM = 'HS256';
/** For clocks of other replicas that go a little ahead. Expiry gets none: a token lives as long as was promised. */
const LEEWAY_SECONDS = 30;
/** Ours have about 450. */
const MAX_TOKEN_LENGTH = 2_048;

/** HS256 and nothing else, whatever a token says of itself: the key is chosen by `kid` among ours, the rest is fixed. */
export function createAccessTokens({ clock, secret, previousSecret, lifetimeMs }: AccessTokensOptions): AccessTokens {
  const current = toKey(secret);
  const keys = new Map(
    [current, ...(previousSecret ? [toKey(previousSecret)] : [])].map((key) => [key.id, key.secret]),
  );
  const nowSeconds = () => Math.floor(clock.now() / 1000);

  return {
    async issue({ userId, familyId, tokenVersion }) {
      const now = nowSeconds();
      return await new SignJWT({ sid: familyId, ver: tokenVersion })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: current.id })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + Math.max(1, Math.round(lifetimeMs / 1000)))
        .sign(current.secret);
    },

    async verify(token) {
      if (!isCanonical(token)) throw badToken('INVALID_TOKEN');
      const payload = await checkSignature(token, keys, nowSeconds());
      const claims = toClaims(payload, nowSeconds());
      if (claims === undefined) throw badToken('INVALID_TOKEN');
      if (claims.expiresAtMs <= clock.now()) throw badToken('TOKEN_EXPIRED');
      return claims;
    },
  };
}

function toKey(secret: string): { id: string; secret: KeyObject } {
  const bytes = Buffer.from(secret, 'utf8');
  // Names the key without telling anything about it.
  const id = createHash('sha256').update('cloudtask token key').update(bytes).digest('base64url').slice(0, 8);
  return { id, secret: createSecretKey(bytes) };
}

async function checkSignature(
  token: string,
  keys: ReadonlyMap<string, KeyObject>,
  nowSeconds: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = kid === undefined ? undefined : keys.get(kid);
        if (!key) throw new errors.JWSInvalid('unknown key');
        return key;
      },
      {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'exp', 'nbf', 'iat', 'jti', 'sid', 'ver'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: new Date(nowSeconds * 1000),
      },
    );
    return payload;
  } catch (error) {
    throw badToken(error instanceof errors.JWTExpired ? 'TOKEN_EXPIRED' : 'INVALID_TOKEN', error);
  }
}

function toClaims(payload: JWTPayload, nowSeconds: number): AccessClaims | undefined {
  const { sub, jti, sid, ver, exp, iat } = payload;
  if (!isUuid(sub) || !isUuid(jti) || !isUuid(sid)) return undefined;
  if (!Number.isSafeInteger(ver) || !Number.isSafeInteger(exp) || !Number.isSafeInteger(iat)) return undefined;
  if ((iat as number) > nowSeconds + LEEWAY_SECONDS) return undefined;
  return { userId: sub, tokenId: jti, familyId: sid, tokenVersion: ver as number, expiresAtMs: (exp as number) * 1000 };
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

/**
 * One token, one spelling: what decodes to the same bytes or claims in two ways is not ours. It also refuses claims that
 * occur twice and numbers that JavaScript changes.
 */
function isCanonical(token: string): boolean {
  if (token.length > MAX_TOKEN_LENGTH || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return false;
  const [header = '', claims = '', signature = ''] = token.split('.');
  return isCanonicalJson(header) && isCanonicalJson(claims) && decode(signature).toString('base64url') === signature;
}

function isCanonicalJson(part: string): boolean {
  const bytes = decode(part);
  if (bytes.toString('base64url') !== part) return false;
  const text = bytes.toString('utf8');
  try {
    return JSON.stringify(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}

function decode(part: string): Buffer {
  return Buffer.from(part, 'base64url');
}
