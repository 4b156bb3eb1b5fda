/**
 * How does `host-sim serve` write its log? To stderr, one line each as Envoy's, in colours where a person reads. Lines from before it serves
 * can be held, so that a start that fails is told in one line.
 */
import { createColors } from "picocolors";
import {
  parseLogLevel,
  type LoggerLevels,
  type LoggerName,
  type LogLevel,
} from "../gateway/admin/logger-levels.ts";

interface HeldLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly line: string;
}

export class ServeLog {
  #held: HeldLine[] | undefined;
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
    const line = `[${at}][${this.#paint(level)}][${logger}] ${message}\n`;
    if (this.#held === undefined) this.#write(line);
    else this.#held.push({ level, message, line });
  }

  /** Until `release` or `drop`. Who asked for more than info wants to see each line as it comes. */
  hold(): void {
    if (!this.#levels.isEnabled("wasm", "debug")) this.#held = [];
  }

  release(): void {
    for (const { line } of this.#held ?? []) this.#write(line);
    this.#held = undefined;
  }

  /** Keeps of the held lines what warns of something that `failure` does not tell anyway. */
  drop(failure: string): void {
    this.#held = this.#held?.filter(
      ({ level, message }) => level !== "info" && !failure.includes(withoutSource(message)),
    );
    this.release();
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

/** Of a line that the filter wrote, its own words. */
const withoutSource = (message: string): string => message.replace(/^wasm log[^:]*: /, "");
