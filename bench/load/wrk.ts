/** How do clients put load on a gateway for a while, and what did they see? */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { bodyOf, headersOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import type { Wrk } from "./find-wrk.ts";

const run = promisify(execFile);

export interface Load {
  readonly requests: number;
  readonly microseconds: number;
  /** Answers that are no 2xx or 3xx, and everything that went wrong on a connection. */
  readonly errors: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
}

const REPORT = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"errors":%d,"p50":%d,"p99":%d}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end`;

/** A script of wrk for `workload`, in `directory`. */
export function writeScript(directory: string, workload: Workload): string {
  const lines = Object.entries(headersOf(workload)).map(
    ([name, value]) => `wrk.headers["${name}"] = [[${value}]]`,
  );
  const body = workload.bodyBytes > 0 ? [`wrk.body = [[${bodyOf(workload)}]]`] : [];
  const file = join(directory, `${workload.name.replace(/\W+/g, "-")}.lua`);
  writeFileSync(file, [`wrk.method = "${workload.method}"`, ...lines, ...body, REPORT].join("\n"));
  return file;
}

export async function load(
  wrk: Wrk,
  script: string,
  url: string,
  connections: number,
  seconds: number,
): Promise<Load> {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script, url];
  const { stdout } = await run(wrk.binary, args, { env: wrk.env });
  const result = /^RESULT (.*)$/m.exec(stdout)?.[1];
  if (result === undefined) throw new Error(`wrk told no result: ${stdout.trim()}`);
  return JSON.parse(result) as Load;
}
