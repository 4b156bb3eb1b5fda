/** What does each command need? Made once, by main.ts, and passed on: no module keeps a state of its own. */
import { PlatformHost } from "./platform-host.ts";
import { createProgress, type Progress } from "./progress.ts";
import { Processes } from "./run-process.ts";
import { Secrets } from "./secrets.ts";

export interface Context {
  /** The repository, or the unpacked bundle. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: Secrets;
  readonly host: PlatformHost;
  readonly processes: Processes;
  readonly progress: Progress;
}

export function createContext(root: string, env: NodeJS.ProcessEnv): Context {
  const secrets = new Secrets(env);
  const host = new PlatformHost(env.ANYPOINT_HOST);
  const processes = new Processes(env);
  return { root, env, secrets, host, processes, progress: createProgress(secrets) };
}
