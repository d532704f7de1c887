/** What every docker command of a run gets, so that it talks to the engine of this run and to no other. */
export interface EngineEnvironment extends NodeJS.ProcessEnv {
  PATH: string;
}

/** Tells an engine of ours from a user's: only in ours may images stand in under the names of others. */
export const engineLabel = 'io.cloudtask.engine=stack';

export interface Engine {
  env: EngineEnvironment;
  /** The engine takes stand-ins built from Debian packages; else it has the real images or none. */
  takesStandIns: boolean;
  describe: string;
  close(): Promise<void>;
}
