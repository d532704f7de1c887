import type { Session } from './contract.ts';
import { AuthenticationError } from './errors.ts';

/** What an account signs in with. */
export interface Credentials {
  email: string;
  password: string;
}

/** What requests are signed with: the `token` itself. */
export interface AccessToken {
  token: string;
  /** Without it the token is used until the server refuses it. */
  expiresAt?: Date;
}

/** What a provider can use to get a token; the calls go to the client's server, without a token. */
export interface AuthContext {
  /** The last token was refused or is about to expire: a cached one is of no use. */
  forceRefresh: boolean;
  signal: AbortSignal;
  /** Signs in with the password. */
  login(credentials: Credentials): Promise<Session>;
  /** Takes a refresh token, which is good for one time only. */
  refresh(refreshToken: string): Promise<Session>;
}

/** Where tokens come from. Never called twice at the same time by one client. */
export interface AuthProvider {
  /** A token to use now; null when there is none: the request then goes without. What it throws ends the call. */
  getToken(context: AuthContext): Promise<AccessToken | null>;
  /**
   * The server refuses the last token and no other can be had: the moment to ask for a new sign-in. Once for each token
   * that is refused, however many calls it hits; they throw `AuthenticationError`.
   */
  onUnauthorized?(): void;
}

/** A token, an account, or a provider of your own. */
export type Auth = string | AuthProvider | { email: string; password: string | (() => Promise<string>) };

export function toProvider(auth: Auth): AuthProvider {
  if (typeof auth === 'string') return { getToken: async () => ({ token: auth }) };
  return 'getToken' in auth ? auth : passwordAuth(auth);
}

/** Keeps a session alive in memory: refreshes it when asked for a new token. */
export function sessionAuth(first: Session): AuthProvider {
  let current = toAccess(first);
  let { refreshToken } = first;
  return {
    async getToken({ forceRefresh, refresh }) {
      if (!forceRefresh) return current;
      const renewed = await refresh(refreshToken);
      refreshToken = renewed.refreshToken;
      current = toAccess(renewed);
      return current;
    },
  };
}

function passwordAuth({
  email,
  password,
}: {
  email: string;
  password: string | (() => Promise<string>);
}): AuthProvider {
  let session: AuthProvider | undefined;
  return {
    async getToken(context) {
      try {
        if (session) return await session.getToken(context);
      } catch (error) {
        // The refresh token is over or used up: the password still holds.
        if (!(error instanceof AuthenticationError)) throw error;
      }
      const secret = typeof password === 'string' ? password : await password();
      session = sessionAuth(await context.login({ email, password: secret }));
      return session.getToken({ ...context, forceRefresh: false });
    },
  };
}

export function toAccess(session: Session, now = Date.now()): Required<AccessToken> {
  return { token: session.token, expiresAt: new Date(now + session.expiresIn * 1_000) };
}

/** Renewed this long before it expires, so that a request never leaves with a token that dies on the way. */
const EXPIRY_MARGIN_MS = 30_000;

/** The tokens of one client: one look-up at a time, however many calls wait for it. */
export class TokenSource {
  readonly #context: Omit<AuthContext, 'forceRefresh'>;
  #provider: AuthProvider | null;
  #current: AccessToken | null = null;
  #pending: Promise<AccessToken | null> | undefined;
  #givenUp: string | undefined;

  constructor(provider: AuthProvider | null, context: Omit<AuthContext, 'forceRefresh'>) {
    this.#provider = provider;
    this.#context = context;
  }

  /** From here on tokens come from this provider; null forgets them. */
  use(provider: AuthProvider | null): void {
    this.#provider = provider;
    this.#current = null;
    this.#pending = undefined;
  }

  async get(): Promise<string | null> {
    const current = this.#current;
    if (current && !isEnding(current)) return current.token;
    return (await this.#fetch(current !== null))?.token ?? null;
  }

  /** A token other than the one that was refused, or null when there is none. */
  async renew(refused: string): Promise<string | null> {
    const current = this.#current;
    try {
      const token = current && current.token !== refused ? current : await this.#fetch(true);
      if (token && token.token !== refused) return token.token;
    } catch (error) {
      if (error instanceof AuthenticationError) this.giveUp(refused);
      throw error;
    }
    this.giveUp(refused);
    return null;
  }

  /** The server does not take this token, and there is no other. */
  giveUp(refused: string): void {
    if (this.#givenUp === refused) return;
    this.#givenUp = refused;
    this.#provider?.onUnauthorized?.();
  }

  #fetch(forceRefresh: boolean): Promise<AccessToken | null> {
    this.#pending ??= this.#ask(forceRefresh);
    return this.#pending;
  }

  async #ask(forceRefresh: boolean): Promise<AccessToken | null> {
    const provider = this.#provider;
    try {
      let token = (await provider?.getToken({ ...this.#context, forceRefresh })) ?? null;
      if (token && !forceRefresh && isEnding(token)) {
        token = (await provider?.getToken({ ...this.#context, forceRefresh: true })) ?? null;
      }
      // A login that happened meanwhile has the last word.
      if (provider === this.#provider) this.#current = token;
      return token;
    } finally {
      if (provider === this.#provider) this.#pending = undefined;
    }
  }
}

function isEnding({ expiresAt }: AccessToken): boolean {
  return expiresAt !== undefined && expiresAt.getTime() - Date.now() < EXPIRY_MARGIN_MS;
}
