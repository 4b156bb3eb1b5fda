/** What is wrong with a configuration directory? One line each: where, which field, its value, and what is allowed. */

export interface Place {
  readonly file: string;
  /** From 1; 0: the file as a whole. */
  readonly line: number;
}

export class Problems {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];

  error(place: Place, message: string): void {
    this.errors.push(lineOf(place, message));
  }

  warn(place: Place, message: string): void {
    this.warnings.push(lineOf(place, message));
  }
}

/** The state that a directory asks for can't be had. `lines` has one line for each problem. */
export class ConfigurationError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "ConfigurationError";
    this.lines = lines;
  }
}

export function describePlace({ file, line }: Place): string {
  return line > 0 ? `${file}:${line}` : file;
}

function lineOf(place: Place, message: string): string {
  return `${describePlace(place)}: ${message.trim().replace(/\s*\n\s*/g, " ")}`;
}

/** A value as it may stand in such a line: short, and never a whole module in base64. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
