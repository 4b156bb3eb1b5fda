/** How are the values of command-line options read? Each reader names the option, the value and what is allowed. */
import { UserError } from "./user-error.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[IPv6]:PORT`, or `PORT` alone, which means loopback. */
export function readHostPort(option: string, text: string): HostPort {
  const [, bracketed, name, digits] = /^(?:\[([^\]]+)\]:|([^:]*):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) {
    throw new UserError(
      `${option} ${text}: expected HOST:PORT, for example 127.0.0.1:8080 (port 0: any)`,
    );
  }
  return { host: bracketed ?? (name === undefined || name === "" ? "127.0.0.1" : name), port };
}

export function readInteger(option: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    throw new UserError(`${option} ${text}: expected a whole number from ${min} to ${max}`);
  }
  return value;
}

/** An option that may come without a value, which means true. */
export function readBoolean(option: string, value: string | boolean): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new UserError(`${option}=${value}: expected true or false`);
}

export function readChoice<T extends string>(
  option: string,
  text: string,
  choices: readonly T[],
): T {
  const found = choices.find((each) => each === text);
  if (found === undefined) {
    throw new UserError(`${option} ${text}: expected one of ${choices.join(", ")}`);
  }
  return found;
}

/** `NAME=VALUE`, often; a name may come once. */
export function readAssignments(option: string, texts: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf("=");
    const name = text.slice(0, at);
    if (at < 1 || at === text.length - 1) {
      throw new UserError(`${option} ${text}: expected NAME=VALUE`);
    }
    if (found.has(name)) throw new UserError(`${option} ${text}: ${name} is given twice`);
    found.set(name, text.slice(at + 1));
  }
  return found;
}
