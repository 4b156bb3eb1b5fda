/** May this stand in a log? Printable, bounded, without the secrets that requests carry, and never what AssemblyScript says before it traps. */
import { require } from "../find.ts";
import { SECRET } from "../generate/secret.ts";
import { LogLevel } from "../host/abi.ts";

/** 64 headers of 256 characters, a path and a piece of a body, all with their names. */
const LONGEST_LINE = 100_000;

/** `isSecret` false: what stands there can't be known for a secret any more. */
export function checkLine(level: number, text: string, isSecret = true): void {
  require(level < LogLevel.Critical, "trap", () => text);
  require(/^[\x20-\x7e]*$/.test(text), "unprintable log", () => JSON.stringify(text.slice(0, 500)));
  require(text.length < LONGEST_LINE, "log without bound", () => `${text.length} characters`);
  require(!isSecret || !text.includes(SECRET), "secret in the log", () => text);
}
