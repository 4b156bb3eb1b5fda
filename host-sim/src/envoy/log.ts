/** What did the gateway write to its log? Every line is kept; those at or above the level are also told to a listener. */
import { logLevels, type LogLevel } from "../wasm/abi.ts";
import type { Clock } from "./clock.ts";

export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: LogLevel;
  /** As Envoy writes it, from `wasm log …` on. */
  readonly text: string;
  /** Only lines of a filter: its message alone, and the context's prefix (`plugin root_id vm_id`). */
  readonly message: string;
  readonly source: string;
}

const kept = 100_000;

export class Log {
  readonly lines: LogLine[] = [];
  level: LogLevel;
  private readonly clock: Clock;
  private readonly listener: ((line: LogLine) => void) | undefined;

  constructor(clock: Clock, level: LogLevel, listener?: (line: LogLine) => void) {
    this.clock = clock;
    this.level = level;
    this.listener = listener;
  }

  get levelNumber(): number {
    return logLevels.indexOf(this.level);
  }

  /** A line of a filter. `prefix` begins with a blank, or is empty. */
  fromFilter(level: number, prefix: string, message: string): void {
    this.write(level, `wasm log${prefix}: ${message}`, message, prefix.trim());
  }

  /** A line of the gateway itself. */
  fromGateway(level: LogLevel, message: string): void {
    this.write(logLevels.indexOf(level), message, message, "");
  }

  private write(level: number, text: string, message: string, source: string): void {
    if (level < this.levelNumber) return;
    const name = logLevels[level] ?? "critical";
    this.copy({ time: this.clock.now(), level: name, text, message, source });
  }

  /** A line that another log has taken already. */
  copy(line: LogLine): void {
    this.lines.push(line);
    if (this.lines.length > kept) this.lines.splice(0, kept / 10);
    this.listener?.(line);
  }
}
