/**
 * How does a command tell that it failed? The user's mistakes: one line and status 2. Ours: one line that says how to report
 * it, and status 1; the stack only with HOST_SIM_DEBUG=1.
 */
import { CommanderError } from "commander";
import { errorCodes, SimulatorError } from "../wasm/errors.ts";
import { UserError } from "./user-error.ts";

/** As a shell says it of a process that a segmentation fault killed, which is how Envoy ends there. */
const crashStatus = 139;

export interface Failure {
  /** `undefined`: it has been told already. */
  readonly line: string | undefined;
  readonly status: number;
}

export function failureOf(error: unknown): Failure {
  // commander has written its line; asking for help is no failure.
  if (error instanceof CommanderError)
    return { line: undefined, status: error.exitCode === 0 ? 0 : 2 };
  if (error instanceof UserError || error instanceof SimulatorError) {
    return { line: `host-sim: ${asOneLine(error.message)}`, status: 2 };
  }
  return { line: internalError(error), status: 1 };
}

/** For what no `try` sees. */
export function guardProcess(): void {
  const report = (error: unknown): void => {
    if (error instanceof SimulatorError && error.code === errorCodes.hostCrash) {
      process.stderr.write(`host-sim: ${asOneLine(error.message)}\n`);
      process.exit(crashStatus);
    }
    process.stderr.write(`${internalError(error)}\n`);
    process.exit(1);
  };
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
}

function internalError(error: unknown): string {
  const message = asOneLine(error instanceof Error ? error.message : String(error));
  const debug = process.env.HOST_SIM_DEBUG === "1";
  const stack = debug && error instanceof Error ? `\n${error.stack}` : "";
  const hint = debug
    ? ""
    : "; run it again with HOST_SIM_DEBUG=1 and report it with what that shows";
  return `host-sim: internal error: ${message}${hint}${stack}`;
}

export function asOneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ");
}
