/** What if the router sends a request again while a part of it waits in the gateway, behind a head that went on? */
import { beforeEach, describe, expect, test } from "vitest";
import type { ScriptedHost } from "../support/scripted-host.ts";
import { beginStream } from "./support/begin-stream.ts";

/** As Envoy gives it: an integer of 8 bytes, the lowest first. */
const attempts = (count: number): string => `${String.fromCharCode(count)}\0\0\0\0\0\0\0`;
const setAttempts = (host: ScriptedHost, count: number): void => {
  host.properties["upstream.request_attempt_count"] = attempts(count);
};

describe("a body of unknown length behind a head that went on", () => {
  let host: ScriptedHost;
  let stream: number;

  beforeEach(() => {
    ({ host, stream } = beginStream({ header_holding: "off", fallback_action: "block" }));
    host.requestHeaders(stream, false, "POST");
    host.verdict("pass");
    setAttempts(host, 1);
    host.requestBody(stream, "some, ", false);
    host.requestBody(stream, "all", true);
  });

  test("goes on whole when it was sent once", () => {
    host.verdict("pass");
    expect(host.acts).toEqual(["continue", "continue"]);
    expect(host.body(stream).released.toString()).toBe("some, all");
  });

  test("does not go on once more when a retry has taken it along", () => {
    setAttempts(host, 2);
    host.verdict("pass");
    expect(host.acts).toEqual(["continue"]);
    expect(host.localResponses).toEqual([413]);
    expect(host.lines.some((line) => line.includes("retry_policy"))).toBe(true);
  });
});

test("a body behind a head that is held goes on, whatever was sent before", () => {
  const { host, stream } = beginStream({ fallback_action: "block" });
  host.requestHeaders(stream, false, "POST");
  setAttempts(host, 1);
  host.requestBody(stream, "some, ", false);
  host.requestBody(stream, "all", true);
  setAttempts(host, 2);
  host.verdict("pass");
  expect(host.body(stream).released.toString()).toBe("some, all");
});
