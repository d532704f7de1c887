export { APIPromise, type Safe } from './api-promise.ts';
export type { ApiTokens } from './api-tokens.ts';
export type { Auth } from './auth.ts';
export type { ChildJobs, ChildOptions } from './child-jobs.ts';
export { type ClientOptions, CloudTask } from './client.ts';
export {
  API_TOKEN_SCOPES,
  type ApiToken,
  type ApiTokenScope,
  type Backoff,
  type CreateApiToken,
  type Duration,
  type Explanation,
  type ExplanationCheck,
  FAILURE_REASONS,
  type FailureReason,
  FINAL_STATUSES,
  type FinalStatus,
  type Health,
  type Issue,
  isFinal,
  JOB_STATUSES,
  type Job,
  type JobError,
  type JobEvent,
  type JobProgress,
  type JobStatus,
  type Json,
  type NewApiToken,
  type PlannedAttempt,
  type Problem,
  type QueueInfo,
  type QueuePauseInfo,
  type Session,
  type Stats,
  type SubmitJob,
  type TypeInfo,
  type Unique,
  type User,
  type Warning,
  type WorkerDetails,
  type WorkerDrain,
  type WorkerInfo,
  type WorkerJob,
} from './contract.ts';
export { createHandlers, type DefineHandler } from './create-handlers.ts';
export type { CreateMany } from './create-many.ts';
export {
  type Config,
  type ConfigEnvironment,
  type ConfiguredPlugin,
  defineConfig,
  type PluginOptions,
  type WorkerConfig,
} from './define-config.ts';
export {
  defineHandler,
  type Handler,
  type HandlerContext,
  type HandlerOptions,
  type Isolation,
  type Settled,
} from './define-handler.ts';
export {
  defineJob,
  type JobDefinition,
  type JobOptions,
  type PayloadOf,
  type ProgressOf,
  type ResultOf,
} from './define-job.ts';
export { definePlugin, type Plugin } from './define-plugin.ts';
export {
  APIError,
  AuthenticationError,
  BadRequestError,
  CloudTaskError,
  ConflictError,
  ConnectionError,
  type ErrorJSON,
  JobCancelledError,
  JobExpiredError,
  JobFailedError,
  NotFoundError,
  PayloadTooLargeError,
  PayloadValidationError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  TimeoutError,
  ValidationError,
  WaitTimeoutError,
} from './errors.ts';
export type { FailureFilter, Failures, RestoreOptions } from './failures.ts';
export {
  type FailureCause,
  JOB_ACTION_STATES,
  type JobAction,
  type JobActionFilter,
  type JobActionKind,
  type JobActionPreview,
  type JobActionState,
  type JobCount,
  type StartJobAction,
} from './failures-contract.ts';
export { FatalError, JobAbort, RetryLater, Snooze } from './handler-errors.ts';
export type { HandlerLog } from './handler-log.ts';
export type {
  AnyServices,
  ServiceContext,
  ServiceFactories,
  ServiceFactory,
  Services,
} from './handler-services.ts';
export type { CancelManyOptions, JobActions, ManyFilter, RetryManyOptions } from './job-actions.ts';
export type { JobPromise } from './job-promise.ts';
export type {
  CreateManyOptions,
  CreateManyResult,
  CreateOptions,
  FinishedJob,
  FollowLogOptions,
  Item,
  JobSettings,
  ListFilter,
  LogFilter,
  TypedJob,
  TypedJobEvent,
  TypedProgress,
  WaitOptions,
  WatchOptions,
} from './job-types.ts';
export type { Jobs } from './jobs.ts';
export {
  ATTEMPT_OUTCOMES,
  type AttemptOutcome,
  type JobAttempt,
  type JobLog,
  type JobLogEvent,
  type JobProgressEvent,
  type JobStreamEvent,
  LOG_LEVELS,
  type LogLevel,
} from './live-contract.ts';
export type { HandlerCall, Middleware } from './middleware.ts';
export type { Page, PagePromise } from './pages.ts';
export type { Queues } from './queues.ts';
export type { Register } from './register.ts';
export type { Answer, Hooks, RequestOptions, RequestTrace, ResponseMeta } from './request.ts';
export type { ScheduleByType, ScheduleOf, Schedules } from './schedules.ts';
export {
  CATCH_UP_POLICIES,
  type CatchUp,
  type ClockChangePreview,
  type CreateSchedule,
  DST_GAP_POLICIES,
  DST_OVERLAP_POLICIES,
  type DstGap,
  type DstOverlap,
  type OnOverlap,
  OVERLAP_POLICIES,
  type PreviewSchedule,
  type Schedule,
  type ScheduleDetails,
  type ScheduleJobOptions,
  type SchedulePreview,
  type ScheduleSlot,
  type ScheduleTiming,
  SLOT_OUTCOMES,
  type SlotOutcome,
  type SlotPreview,
  type UpdateSchedule,
} from './schedules-contract.ts';
export {
  type JsonSchema,
  jsonSchema,
  type Schema,
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type Validated,
} from './schema.ts';
export type { AccessToken, AuthContext, AuthProvider, Credentials } from './tokens.ts';
export type { Transport, TransportRequest, TransportResponse } from './transports/transport.ts';
export type { Types } from './types.ts';
export type { JobViolation, Verification, VerificationCheck } from './verification-contract.ts';
export type { WatchFilter } from './watch-many.ts';
export type { Workers } from './workers.ts';
