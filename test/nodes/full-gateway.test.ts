/**
 * When is a call that the gateway refuses no sign that a node is away? It refuses with the same status where too much is under way and
 * where there is no host. A host of the tests, as no real one can be made to refuse at a chosen moment.
 */
import { describe, expect, test } from "vitest";
import { HeadersStatus, ScriptedHost, Status } from "../support/scripted-host.ts";

const REFUSED = Status.InternalFailure;
const NOBODY_WAITS = { fallback_action: "pass", unjudged_action: "block", node_retries: 0 };

function policy(config: object = NOBODY_WAITS): ScriptedHost {
  const host = new ScriptedHost();
  expect(host.configure(config)).toBe(1);
  return host;
}

function ask(host: ScriptedHost): number {
  const stream = host.stream();
  host.requestHeaders(stream, true);
  return stream;
}

test("a canary that is refused as a call ends, and its room with it, goes out with the next tick", () => {
  const host = policy();
  ask(host);
  host.statuses.proxy_http_call = REFUSED;
  host.fail();
  expect([host.acts, host.localResponses]).toEqual([[], []]);
  delete host.statuses.proxy_http_call;
  host.tick();
  host.answerProbe(true);
  expect([host.acts, host.localResponses]).toEqual([[], [403]]);
});

test("a canary that is refused at ticks too, when nothing is under way, has found nobody", () => {
  const host = policy();
  ask(host);
  host.statuses.proxy_http_call = REFUSED;
  host.fail();
  host.tick();
  expect([host.acts, host.localResponses]).toEqual([["continue"], []]);
});

test("a worker that was idle waits for its turn where others have had answers", () => {
  const busy = policy();
  ask(busy);
  busy.verdict("pass");
  expect([...busy.shared.keys()].some((key) => key.startsWith("wallarm-answer:"))).toBe(true);

  const idle = policy();
  for (const [key, value] of busy.shared) idle.shared.set(key, value);
  idle.statuses.proxy_http_call = REFUSED;
  expect(idle.requestHeaders(idle.stream(), true)).toBe(HeadersStatus.StopIteration);
  expect(idle.localResponses).toEqual([]);
  delete idle.statuses.proxy_http_call;
  idle.tick();
  idle.verdict("pass");
  expect(idle.acts).toEqual(["continue"]);
});

test.each([
  ["three seconds ago", 3_000_000_000n],
  ["by a clock that was set back", -1n],
])("an answer that others had %s tells nothing", (_, later) => {
  const busy = policy();
  ask(busy);
  busy.verdict("pass");

  const idle = policy();
  for (const [key, value] of busy.shared) idle.shared.set(key, value);
  idle.now = busy.now + later;
  idle.statuses.proxy_http_call = REFUSED;
  expect(idle.requestHeaders(idle.stream(), true)).toBe(HeadersStatus.Continue);
});

test("what no host has seen is asked again a few times at once, and then with ticks", () => {
  const host = policy({ fallback_action: "pass", unjudged_action: "block" });
  /** Nobody listens, whenever it is asked; how often it was. */
  const refuseAll = (): number => {
    let tries = 0;
    for (let call = host.calls.pop(); call !== undefined; call = host.calls.pop(), tries++)
      host.refuse(call);
    return tries;
  };
  ask(host);
  refuseAll();
  host.answerProbe(true);
  const tries: number[] = [];
  while (host.localResponses.length === 0) {
    tries.push(refuseAll());
    // Once it has had all its tries it is found out once more whether the node lives.
    while (host.probes.length > 0) host.answerProbe(true);
    host.tick();
    expect(tries.length).toBeLessThan(20);
  }
  expect(tries).toEqual([3, 4, 4, 4, 1]);
});

describe("a canary that meets nobody", () => {
  /** A question whose node is refused, and how many canaries follow if none of them meets anybody. */
  const canaries = (host: ScriptedHost): number => {
    ask(host);
    host.refuse();
    let sent = 0;
    for (let turn = 0; host.acts.length === 0 && turn < 20; turn++) {
      for (; host.probes.length > 0; sent++) host.answerProbe(false);
      host.tick();
    }
    return sent;
  };

  test("is sent again three times where nothing was heard of the node", () => {
    expect(canaries(policy())).toBe(4);
  });

  test("is sent again for half a second where the node has answered lately: one of many hosts may live", () => {
    const host = policy();
    ask(host);
    host.verdict("pass");
    host.acts.length = 0;
    expect(canaries(host)).toBe(24);
  });
});
