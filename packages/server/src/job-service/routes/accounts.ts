import { Type } from 'typebox';
import type { App } from '../app-type.ts';
import { callerOf, sessionOf } from '../auth/caller.ts';
import { changeOwnPassword } from '../auth/change-password.ts';
import { login, logout, me, refresh, register } from '../auth/sessions.ts';
import type { JobServiceParts } from '../parts.ts';
import { ApiProblem } from '../problem.ts';
import { ChangePasswordSchema, CredentialsSchema, RefreshSchema, UserSchema } from '../schemas/account-schema.ts';
import { answers, refTo } from '../schemas/answers.ts';

const tags = ['accounts'];
const open = { security: [], tags };

export function accountRoutes(app: App, { sessions, metrics, authenticator }: JobServiceParts): void {
  app.post(
    '/auth/register',
    {
      config: { isPublic: true },
      schema: {
        ...open,
        summary: 'Make an account',
        body: CredentialsSchema,
        response: answers({ 201: refTo('Session') }),
      },
    },
    async (request, reply) => {
      const session = await register(sessions, request.body, request.ip);
      metrics.registrations.inc();
      return reply.code(201).send(session);
    },
  );

  app.post(
    '/auth/login',
    {
      config: { isPublic: true },
      schema: { ...open, summary: 'Sign in', body: CredentialsSchema, response: answers({ 200: refTo('Session') }) },
    },
    async (request, reply) => {
      try {
        const session = await login(sessions, request.body, request.ip);
        metrics.logins.inc({ outcome: 'success' });
        return reply.send(session);
      } catch (error) {
        if (error instanceof ApiProblem && error.statusCode < 500) metrics.logins.inc({ outcome: 'failure' });
        throw error;
      }
    },
  );

  app.post(
    '/auth/refresh',
    {
      config: { isPublic: true },
      schema: {
        ...open,
        summary: 'New tokens for a refresh token',
        body: RefreshSchema,
        response: answers({ 200: refTo('Session') }),
      },
    },
    async (request, reply) => reply.send(await refresh(sessions, request.body.refreshToken)),
  );

  app.post(
    '/auth/logout',
    {
      config: { needs: 'session' },
      schema: { tags, summary: 'End this session', response: answers({ 204: Type.Null() }) },
    },
    async (request, reply) => {
      const caller = sessionOf(request);
      await logout(sessions, caller);
      authenticator.forget(caller.familyId);
      return reply.code(204).send();
    },
  );

  app.post(
    '/auth/password',
    {
      config: { needs: 'session' },
      schema: {
        tags,
        summary: 'Change the password',
        description: 'Ends all sessions of the account and answers a new one. API tokens stay.',
        body: ChangePasswordSchema,
        response: answers({ 200: refTo('Session') }),
      },
    },
    async (request, reply) => {
      const caller = sessionOf(request);
      const session = await changeOwnPassword(sessions, caller, request.body, request.ip);
      authenticator.forget(caller.userId);
      return reply.send(session);
    },
  );

  app.get(
    '/auth/me',
    {
      config: { needs: 'anyToken' },
      schema: { tags, summary: 'Who is signed in', response: answers({ 200: UserSchema }) },
    },
    async (request, reply) => reply.send(await me(sessions, callerOf(request).userId)),
  );
}
