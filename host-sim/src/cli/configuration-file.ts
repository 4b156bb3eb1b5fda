/** What is in a file that an option names? A configuration is handed over as written; YAML becomes JSON first. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { reasonOf, UserError } from "./user-error.ts";

export function readBytes(option: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`${option} ${path}: ${reasonOf(error)}`);
  }
}

export function readConfiguration(option: string, path: string): Uint8Array {
  const bytes = readBytes(option, path);
  if (!/\.ya?ml$/i.test(path)) return bytes;
  try {
    const value: unknown = parse(Buffer.from(bytes).toString("utf8"));
    return Buffer.from(JSON.stringify(value ?? {}), "utf8");
  } catch (error) {
    throw new UserError(`${option} ${path}: not YAML: ${reasonOf(error)}`);
  }
}
