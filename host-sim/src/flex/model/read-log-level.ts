/** How much is the gateway to log? The part of Configuration that this gateway acts on; the rest of it is left alone. */
import { shown } from "../documents/problems.ts";
import type { Resource } from "../documents/resource.ts";

const LEVELS = ["debug", "info", "warn", "error", "fatal"];

export function readLogLevel(before: string | undefined, { spec }: Resource): string | undefined {
  const level = spec.child("logging").child("runtimeLogs").child("logLevel");
  if (!level.exists) return before;
  const text = level.text(`one of ${LEVELS.join(", ")}`);
  if (text !== "" && !LEVELS.includes(text)) {
    level.error(`${shown(text)} must be one of ${LEVELS.join(", ")}`);
  }
  return text;
}
