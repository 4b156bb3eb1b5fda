/** Which loggers are there, and how much does each tell? Names and levels are Envoy's; `/logging` changes them live. */

export const LOG_LEVELS = [
  "trace",
  "debug",
  "info",
  "warning",
  "error",
  "critical",
  "off",
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOGGERS = ["admin", "config", "http", "main", "upstream", "wasm"] as const;
export type LoggerName = (typeof LOGGERS)[number];

/** `warn` is an alias, as on Envoy's command line. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const lower = text.toLowerCase();
  return LOG_LEVELS.find((level) => level === (lower === "warn" ? "warning" : lower));
}

export class LoggerLevels {
  readonly #levels = new Map<LoggerName, LogLevel>();
  /** Told after each change. */
  onChange: () => void = () => undefined;

  constructor(level: LogLevel) {
    this.setAll(level);
  }

  get(name: LoggerName): LogLevel {
    return this.#levels.get(name) ?? "info";
  }

  setAll(level: LogLevel): void {
    for (const name of LOGGERS) this.#levels.set(name, level);
    this.onChange();
  }

  /** False if no logger has this name. */
  set(name: string, level: LogLevel): boolean {
    const known = LOGGERS.find((each) => each === name);
    if (known !== undefined) this.#levels.set(known, level);
    this.onChange();
    return known !== undefined;
  }

  isEnabled(name: LoggerName, level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.get(name));
  }

  /** As `/logging` prints them. */
  describe(): string {
    return `active loggers:\n${LOGGERS.map((name) => `  ${name}: ${this.get(name)}\n`).join("")}\n`;
  }
}
