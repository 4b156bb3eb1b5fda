/** How does `host-sim serve` write its log? To stderr, one line each as Envoy's, in colours where a person reads. */
import { createColors } from "picocolors";
import {
  parseLogLevel,
  type LoggerLevels,
  type LoggerName,
  type LogLevel,
} from "../gateway/admin/logger-levels.ts";

export class ServeLog {
  readonly #levels: LoggerLevels;
  readonly #write: (line: string) => void;
  readonly #colors: ReturnType<typeof createColors>;

  constructor(
    levels: LoggerLevels,
    write = (line: string): unknown => process.stderr.write(line),
    colors = process.stderr.isTTY === true && process.env.NO_COLOR === undefined,
  ) {
    this.#levels = levels;
    this.#write = write;
    this.#colors = createColors(colors);
  }

  write(logger: LoggerName, level: LogLevel, message: string, time = Date.now()): void {
    if (!this.#levels.isEnabled(logger, level)) return;
    const at = new Date(time).toISOString().replace("T", " ").replace("Z", "");
    this.#write(`[${at}][${this.#paint(level)}][${logger}] ${message}\n`);
  }

  /** With a level that somebody else wrote. */
  writeNamed(logger: LoggerName, level: string, message: string): void {
    this.write(logger, parseLogLevel(level) ?? "info", message);
  }

  #paint(level: LogLevel): string {
    if (level === "error" || level === "critical") return this.#colors.red(level);
    if (level === "warning") return this.#colors.yellow(level);
    return level === "info" ? this.#colors.green(level) : this.#colors.dim(level);
  }
}
