// Which payloads are known? Reads the data files of the corpora.

import { readFileSync } from "node:fs";

export function payloads(file: string): Array<{ type: string; payload: string }> {
  const text = readFileSync(new URL(`../corpus/attacks/${file}.json`, import.meta.url), "utf8");
  const lists = JSON.parse(text) as Record<string, string[]>;
  return Object.entries(lists).flatMap(([type, list]) =>
    list.map((payload) => ({ type, payload })),
  );
}

export function ordinaryValues(): Record<string, string[]> {
  const text = readFileSync(new URL("../corpus/ordinary/values.json", import.meta.url), "utf8");
  return JSON.parse(text) as Record<string, string[]>;
}
