/** Are the policy's small decisions right: on failure, about the host, about a request's kind? */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pairs, type Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});
beforeEach(() => {
  sdk.host.reset();
  sdk.host.answer("proxy_get_property", { status: 1 });
});

const PASS = 0;
const BLOCK = 1;

describe("what happens without a verdict", () => {
  const OUTCOMES =
    "pass,block,call refused,node unreachable,timed out,connection lost,not a node,node error," +
    "host not served,rejected by node,malformed answer,answer too large,no verdict in answer," +
    "undecided by node,node dead,overloaded,earlier parts missing,not readable";
  const ALL = OUTCOMES.split(",").map((name, i) => [name, i] as const);
  /** What each pair of fallback_action and unjudged_action makes of it. */
  const decisions = (outcome: number, isAway: boolean): number[] =>
    [
      [PASS, PASS],
      [PASS, BLOCK],
      [BLOCK, PASS],
      [BLOCK, BLOCK],
    ].map(([fallback, unjudged]) => sdk.number("decision", outcome, isAway, fallback!, unjudged!));

  it("is decided for each outcome there is", () => {
    expect(sdk.text("outcomeNames")).toBe(OUTCOMES);
  });

  it.each(ALL)(
    "is fallback_action where no node can be reached, but for a verdict: %s",
    (name, outcome) => {
      const isVerdict = name === "pass" || name === "block";
      const expected = isVerdict ? Array(4).fill(outcome) : [PASS, PASS, BLOCK, BLOCK];
      expect(decisions(outcome, true)).toEqual(expected);
    },
  );

  it.each(ALL)("is unjudged_action where a node lives, but for a verdict: %s", (name, outcome) => {
    const isVerdict = name === "pass" || name === "block";
    const expected = isVerdict ? Array(4).fill(outcome) : [PASS, BLOCK, PASS, BLOCK];
    expect(decisions(outcome, false)).toEqual(expected);
  });

  it("is in doubt where it looks as if no node were there, and nowhere else", () => {
    const doubtful = ALL.filter(([, outcome]) => sdk.number("isDoubtful", outcome) === 1);
    expect(doubtful.map(([name]) => name)).toEqual([
      "call refused",
      "node unreachable",
      "timed out",
      "connection lost",
      "not a node",
      "node dead",
    ]);
  });
});

describe("what is known of a host's header holding", () => {
  const [AUTO, ON, OFF] = [0, 1, 2];

  it.each([
    ["on stays on, whatever is seen", ON, "", "rrrrh", "waits:11 ".repeat(6)],
    ["off stays off, whatever is seen", OFF, "", "hhr", "asks:11 ".repeat(4)],
    ["on is stronger than an old Flex", ON, "1.11.9", "", "waits:11"],
    ["off is stronger than a new Flex", OFF, "1.12.0", "", "asks:11"],
    ["auto takes Flex 1.12 at its word", AUTO, "1.12.0", "rrrr", "waits:11 ".repeat(5)],
    ["auto takes Flex 1.11 at its word", AUTO, "1.11.4", "hh", "asks:11 ".repeat(3)],
    ["auto takes a version that is none for an old one", AUTO, "beta", "", "asks:11"],
    [
      "elsewhere one body while held is proof",
      AUTO,
      "",
      "hrrr",
      "waits:2 waits:11 waits:11 waits:11 waits:11",
    ],
    [
      "elsewhere three releases show the contrary",
      AUTO,
      "",
      "rrr",
      "waits:2 waits:2 waits:2 asks:2",
    ],
    [
      "elsewhere a body while held still counts after that",
      AUTO,
      "",
      "rrrh",
      "waits:2 waits:2 waits:2 asks:2 waits:11",
    ],
  ])("%s", (_what, setting, version, events, states) => {
    expect(sdk.text("holding", setting, version, events)).toBe(states.trim());
  });

  it("compares versions by number", () => {
    const since112 = (version: string): boolean => sdk.number("isAtLeast", version, 1, 12) === 1;
    for (const version of ["1.12", "1.12.0", "1.13.1", "2.0.0", "10.0", "1.100.0", "1.12.0-beta"]) {
      expect(since112(version), version).toBe(true);
    }
    for (const version of ["1.11.9", "1.2.0", "0.99.0", "1", "", "x.y", "1.x", "-1.12", "1."]) {
      expect(since112(version), version).toBe(false);
    }
  });
});

describe("the kind of a request", () => {
  const KINDS = ["ordinary", "stream", "upgrade", "connect"];
  const kind = (protocol: string, ...headers: readonly (readonly [string, string])[]): string => {
    sdk.host.answer("proxy_get_property", (path) =>
      path === "request\0protocol" ? { results: [protocol] } : { status: 1 },
    );
    return KINDS[sdk.number("kindOf", pairs(...headers))]!;
  };
  const grpc = ["content-type", "application/grpc"] as const;
  const post = [":method", "POST"] as const;
  const get = [":method", "GET"] as const;
  const upgrade = ["connection", "Upgrade"] as const;

  it.each([
    "application/grpc",
    "application/grpc+proto",
    "application/grpc;charset=x",
    "application/connect+json",
    "application/connect+proto",
  ])("is a stream for a POST of %s over HTTP/2 or HTTP/3", (type) => {
    expect(kind("HTTP/2", post, ["content-type", type])).toBe("stream");
    expect(kind("HTTP/3", post, ["content-type", type])).toBe("stream");
  });

  it("is no stream for what only says so", () => {
    expect(kind("HTTP/1.1", post, grpc)).toBe("ordinary");
    expect(kind("HTTP/1.0", post, grpc)).toBe("ordinary");
    expect(kind("", post, grpc)).toBe("ordinary");
    expect(kind("HTTP/2", get, grpc)).toBe("ordinary");
    expect(kind("HTTP/2", grpc)).toBe("ordinary");
    expect(kind("HTTP/2", post)).toBe("ordinary");
    for (const type of [
      "application/grpc-web",
      "application/grpcx",
      "text/application/grpc",
      "application/connect",
      "application/connecting",
      "application/json",
      "",
    ]) {
      expect(kind("HTTP/2", post, ["content-type", type]), type).toBe("ordinary");
    }
  });

  it.each(["upgrade", "Upgrade", "keep-alive, UPGRADE", " upgrade ,close"])(
    "is an upgrade for a GET with Connection: %s",
    (connection) => {
      expect(kind("HTTP/1.1", get, ["connection", connection])).toBe("upgrade");
    },
  );

  it("is a tunnel for CONNECT", () => {
    expect(kind("HTTP/1.1", [":method", "CONNECT"])).toBe("connect");
    expect(kind("HTTP/2", [":method", "CONNECT"], [":protocol", "websocket"])).toBe("connect");
  });

  it("is no upgrade for what can have a body, or only says so", () => {
    expect(kind("HTTP/1.1", post, upgrade)).toBe("ordinary");
    expect(kind("HTTP/1.1", get, upgrade, ["content-length", "5"])).toBe("ordinary");
    expect(kind("HTTP/1.1", get, upgrade, ["content-length", "0"])).toBe("ordinary");
    expect(kind("HTTP/1.1", get, upgrade, ["transfer-encoding", "chunked"])).toBe("ordinary");
    expect(kind("HTTP/1.1", get, ["upgrade", "websocket"])).toBe("ordinary");
    expect(kind("HTTP/1.1", get, ["connection", "upgraded"])).toBe("ordinary");
    expect(kind("HTTP/1.1", [":method", "connect"])).toBe("ordinary");
    expect(kind("HTTP/1.1", upgrade)).toBe("ordinary");
  });

  it("knows a declared length, and nothing from rubbish", () => {
    const length = (value: string): bigint => sdk.big("lengthOf", pairs(["content-length", value]));
    expect(length("0")).toBe(0n);
    expect(length("5000000")).toBe(5_000_000n);
    expect(length("999999999999999999")).toBe(999_999_999_999_999_999n);
    for (const value of [
      "",
      "-1",
      "+1",
      "1.0",
      "1e3",
      " 1",
      "0x10",
      "1, 1",
      "9".repeat(19),
      "\xb2",
    ]) {
      expect(length(value), value).toBe(-1n);
    }
    expect(sdk.big("lengthOf", pairs(["x", "1"]))).toBe(-1n);
  });

  it("has trailers that are announced by their names, or by the client's word that it may send some", () => {
    const announces = (name: string, value: string): boolean =>
      sdk.number("hasTrailers", pairs([name, value])) === 1;
    for (const value of ["trailers", "gzip, Trailers", " TRAILERS ,deflate"]) {
      expect(announces("te", value), value).toBe(true);
    }
    for (const value of ["x-sum", "", "a, b"]) expect(announces("trailer", value)).toBe(true);
    for (const value of ["", "trailer", "trailers;q=0", "x-trailers"]) {
      expect(announces("te", value), value).toBe(false);
    }
    expect(announces("trailers", "x-sum")).toBe(false);
  });
});
