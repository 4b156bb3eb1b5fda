/** Does each callback reach its own context, and do streams obey from wherever they are told? */
import { beforeEach, describe, expect, it } from "vitest";
import { Sdk, Status } from "./support/sdk.ts";

let sdk: Sdk;
/** A fresh module for each test: contexts are its state. */
beforeEach(async () => {
  sdk = await Sdk.load();
});

/** Makes a root context for a plugin with this root id. */
function createRoot(contextId: number, rootId: string): void {
  sdk.host.answer("proxy_get_property", (path) =>
    path === "plugin_root_id" ? { results: [rootId] } : { status: Status.NotFound },
  );
  run("proxy_on_context_create", contextId, 0);
}
const run = (name: string, ...args: number[]): number => Number(sdk.exports[name]!(...args));
const logged = (): string[] =>
  sdk.host.calls.filter(([name]) => name === "proxy_log").map((call) => String(call[2]));

describe("roots", () => {
  it("are made by the factory of their root id, several in one VM", () => {
    createRoot(1, "one");
    createRoot(2, "two");
    run("proxy_on_tick", 2);
    run("proxy_on_tick", 1);
    expect(logged()).toEqual(["two 2 tick", "one 1 tick"]);
  });

  it("without a factory are refused when they are configured, with a line that names the root id", () => {
    createRoot(1, "three");
    expect(logged()).toEqual(["no root context is registered for root id: three"]);
    expect(run("proxy_on_vm_start", 1, 0)).toBe(1);
    expect(run("proxy_on_configure", 1, 0)).toBe(0);
  });

  it("get every callback of their own", () => {
    createRoot(7, "one");
    run("answerWith", 1);
    expect(run("proxy_on_vm_start", 7, 3)).toBe(1);
    expect(run("proxy_on_configure", 7, 4)).toBe(1);
    run("proxy_on_tick", 7);
    run("proxy_on_queue_ready", 7, 5);
    run("proxy_on_http_call_response", 7, 1, 2, 3, 4);
    run("proxy_on_grpc_receive_initial_metadata", 7, 1, 2);
    run("proxy_on_grpc_receive", 7, 1, 3);
    run("proxy_on_grpc_receive_trailing_metadata", 7, 1, 4);
    run("proxy_on_grpc_close", 7, 1, 14);
    run("proxy_on_foreign_function", 7, 8, 9);
    expect(run("proxy_on_done", 7)).toBe(1);
    run("proxy_on_log", 7);
    run("proxy_on_delete", 7);
    expect(logged()).toEqual(
      [
        ...["vm start 3", "configure 4", "tick", "queue 5", "http call 1 2 3 4"],
        ...["grpc metadata 1 2", "grpc message 1 3", "grpc trailers 1 4", "grpc close 1 14"],
        ...["foreign 8 9", "done", "log", "delete"],
      ].map((what) => `one 7 ${what}`),
    );
  });

  it("answer false where they say so", () => {
    createRoot(7, "one");
    run("answerWith", 0);
    for (const name of ["proxy_on_vm_start", "proxy_on_configure", "proxy_on_done"]) {
      expect(run(name, 7, 0)).toBe(0);
    }
  });
});

describe("streams", () => {
  it("get every callback of their own, and the host gets what they answer", () => {
    createRoot(1, "one");
    run("proxy_on_context_create", 9, 1);
    run("answerWith", 3);
    expect(run("proxy_on_request_headers", 9, 4, 0)).toBe(3);
    expect(run("proxy_on_request_body", 9, 5, 1)).toBe(3);
    expect(run("proxy_on_request_trailers", 9, 6)).toBe(3);
    expect(run("proxy_on_response_headers", 9, 7, 1)).toBe(3);
    expect(run("proxy_on_response_body", 9, 8, 0)).toBe(3);
    expect(run("proxy_on_response_trailers", 9, 10)).toBe(3);
    expect(run("proxy_on_done", 9)).toBe(1);
    run("proxy_on_log", 9);
    run("proxy_on_delete", 9);
    expect(logged()).toEqual(
      [
        ...["request headers 4 false", "request body 5 true", "request trailers 6"],
        ...["response headers 7 true", "response body 8 false", "response trailers 10"],
        ...["done", "log", "delete"],
      ].map((what) => `stream 9 ${what}`),
    );
  });

  it("are found among thousands, while others come and go", () => {
    createRoot(1, "one");
    for (let id = 2; id < 3000; id++) run("proxy_on_context_create", id, 1);
    for (let id = 2; id < 3000; id += 2) run("proxy_on_delete", id);
    sdk.host.calls.length = 0;
    for (let id = 2; id < 3000; id++) run("proxy_on_request_headers", id, 0, 1);
    expect(logged().length).toBe(1499);
    expect(logged()[0]).toBe("stream 3 request headers 0 true");
  });

  it("that a root wants no context for pass through", () => {
    createRoot(1, "one");
    run("answerWith", 99);
    run("proxy_on_context_create", 9, 1);
    expect(run("proxy_on_request_headers", 9, 1, 1)).toBe(0);
    expect(logged()).toEqual([]);
  });
});

it("callbacks for ids that nobody knows let traffic go on and call nothing", () => {
  run("proxy_on_context_create", 9, 1);
  for (const id of [9, 0, -1]) {
    for (const side of ["request", "response"]) {
      expect(run(`proxy_on_${side}_headers`, id, 1, 1)).toBe(0);
      expect(run(`proxy_on_${side}_body`, id, 1, 1)).toBe(0);
      expect(run(`proxy_on_${side}_trailers`, id, 1)).toBe(0);
    }
    expect(run("proxy_on_done", id)).toBe(1);
    for (const name of ["log", "delete", "tick"]) run(`proxy_on_${name}`, id);
    run("proxy_on_queue_ready", id, 1);
    run("proxy_on_http_call_response", id, 1, 1, 1, 1);
    run("proxy_on_grpc_receive_initial_metadata", id, 1, 1);
    run("proxy_on_grpc_receive", id, 1, 1);
    run("proxy_on_grpc_receive_trailing_metadata", id, 1, 1);
    run("proxy_on_grpc_close", id, 1, 1);
    run("proxy_on_foreign_function", id, 1, 1);
  }
  expect(sdk.host.calls).toEqual([]);
});

describe("a stream", () => {
  const streamCalls = (): unknown[] =>
    sdk.host.calls.filter(([name]) => !["proxy_log", "proxy_get_property"].includes(name));

  beforeEach(() => {
    createRoot(1, "one");
    run("proxy_on_context_create", 9, 1);
    sdk.host.calls.length = 0;
  });

  /** Tells the last stream something out of a callback of its root, as after an HTTP call. */
  function fromRoot(name: string, ...args: (number | string | null)[]): number {
    let status = -1;
    sdk.host.answer("proxy_log", () => {
      status = sdk.number(name, ...args);
      return {};
    });
    run("proxy_on_tick", 1);
    return status;
  }

  it("is resumed out of a root's callback as the effective context, and the root is restored", () => {
    expect(fromRoot("resumeRequestOfLast")).toBe(Status.Ok);
    expect(fromRoot("resumeResponseOfLast")).toBe(Status.Ok);
    expect(streamCalls()).toEqual([
      ["proxy_set_effective_context", 9],
      ["proxy_continue_stream", 0],
      ["proxy_set_effective_context", 1],
      ["proxy_set_effective_context", 9],
      ["proxy_continue_stream", 1],
      ["proxy_set_effective_context", 1],
    ]);
  });

  it("is resumed in its own callback without changing the effective context", () => {
    sdk.host.answer("proxy_log", () => {
      sdk.number("resumeRequestOfLast");
      return {};
    });
    run("proxy_on_request_headers", 9, 1, 1);
    expect(streamCalls()).toEqual([["proxy_continue_stream", 0]]);
  });

  it("is answered with status, details, headers and body, byte by byte", () => {
    expect(fromRoot("replyOnLast", 403, "blöcked")).toBe(Status.Ok);
    expect(fromRoot("bareReplyOnLast", 500)).toBe(Status.Ok);
    const headers = "\x01\0\0\0\x0c\0\0\0\x0a\0\0\0content-type\0text/plain\0";
    expect(streamCalls()[1]).toEqual([
      "proxy_send_local_response",
      403,
      "by_test",
      "bl\xc3\xb6cked",
      headers,
      -1,
    ]);
    expect(streamCalls()[4]).toEqual(["proxy_send_local_response", 500, "by_test", "", "", 7]);
  });

  it("is reset", () => {
    expect(fromRoot("resetLast", 1)).toBe(Status.Ok);
    expect(streamCalls()[1]).toEqual(["proxy_close_stream", 1]);
  });

  it("passes on the status of what the host refused, restoring all the same", () => {
    sdk.host.answer("proxy_continue_stream", { status: 12 });
    expect(fromRoot("resumeRequestOfLast")).toBe(12);
    expect(streamCalls().at(-1)).toEqual(["proxy_set_effective_context", 1]);
  });

  it("that the host no longer knows is left alone, with the status that tells it", () => {
    sdk.host.answer("proxy_set_effective_context", { status: Status.BadArgument });
    expect(fromRoot("resumeRequestOfLast")).toBe(Status.BadArgument);
    expect(fromRoot("replyOnLast", 403, null)).toBe(Status.BadArgument);
    expect(fromRoot("resetLast", 0)).toBe(Status.BadArgument);
    expect(streamCalls()).toEqual([
      ["proxy_set_effective_context", 9],
      ["proxy_set_effective_context", 9],
      ["proxy_set_effective_context", 9],
    ]);
  });

  it("that was deleted is not touched again: no hostcall is made", () => {
    run("proxy_on_delete", 9);
    sdk.host.calls.length = 0;
    for (const [name, ...args] of [
      ["resumeRequestOfLast"],
      ["resumeResponseOfLast"],
      ["resetLast", 0],
      ["replyOnLast", 403, null],
    ] as [string, ...(number | null)[]][]) {
      expect(fromRoot(name, ...args)).toBe(Status.BadArgument);
    }
    expect(streamCalls()).toEqual([]);
  });

  it("keeps the outer callback's context when the host calls back in between", () => {
    sdk.host.answer("proxy_log", (_level, message) => {
      if (message === "one 1 tick") {
        run("proxy_on_foreign_function", 1, 5, 0);
        run("proxy_on_request_headers", 9, 0, 1);
        expect(run("getEffectiveContext")).toBe(1);
      }
      return {};
    });
    run("proxy_on_tick", 1);
    expect(run("setEffectiveContext", 9)).toBe(Status.Ok);
    expect(run("getEffectiveContext")).toBe(9);
  });
});
