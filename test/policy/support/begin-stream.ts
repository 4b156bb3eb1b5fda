/** What does a test of single callbacks begin with? A host with the policy configured, and the first stream. */
import { expect } from "vitest";
import { ScriptedHost } from "../../support/scripted-host.ts";

export interface BegunStream {
  readonly host: ScriptedHost;
  readonly stream: number;
}

export function beginStream(config: object): BegunStream {
  const host = new ScriptedHost();
  expect(host.configure(config)).toBe(1);
  return { host, stream: host.stream() };
}
