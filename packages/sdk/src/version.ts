/** Sent with every request; a test keeps it equal to package.json. */
export const SDK_VERSION = '0.1.0';
/** The state of the REST API that this release was written for, sent as `CloudTask-Version`. */
export const API_VERSION = '2026-11-23';
