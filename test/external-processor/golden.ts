/** Which golden messages are there in test/fixtures/ext-proc/? */
import { readdirSync, readFileSync } from "node:fs";

export interface Golden {
  readonly file: string;
  readonly title: string;
  readonly kind: "ProcessingRequest" | "ProcessingResponse";
  readonly message: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

const folder = new URL("../fixtures/ext-proc/", import.meta.url);

export function readGoldens(): Golden[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return files.sort().map((file) => {
    const json = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Golden & {
      hex: string;
    };
    return { ...json, file, bytes: Buffer.from(json.hex, "hex") };
  });
}

/** By the name of its file, without `.json`. */
export function golden(name: string): Buffer {
  const found = readGoldens().find(({ file }) => file === `${name}.json`);
  if (found === undefined) throw new Error(`test/fixtures/ext-proc/${name}.json is not there`);
  return found.bytes;
}
