/** Do all other hostcalls get the bytes that they should, and is each status that comes back told? */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Sdk, Status, latin1, pairs } from "./support/sdk.ts";

let sdk: Sdk;
let message: number;
const HEADERS = Buffer.from(pairs([":method", "POST"])).toString("latin1");

beforeAll(async () => {
  sdk = await Sdk.load();
  sdk.number("serializedAdd", ":method", "POST");
  message = sdk.number("newWriter");
  sdk.number("writerWriteBytes", message, latin1("b\0dy\xff"), 0, 99);
});
beforeEach(() => sdk.host.reset());

describe("HTTP calls", () => {
  it("send headers, body and trailers, and give the token", () => {
    sdk.host.answer("proxy_http_call", { results: [0xfffffffe] });
    expect(sdk.big("httpCall", "node", message, true, 1000)).toBe(0xfffffffen);
    expect(sdk.big("httpCall", "node", -1, false, 0)).toBe(0xfffffffen);
    expect(sdk.host.calls).toEqual([
      ["proxy_http_call", "node", HEADERS, "b\0dy\xff", HEADERS, 1000],
      ["proxy_http_call", "node", HEADERS, "", "", 0],
    ]);
  });

  it.each([Status.BadArgument, Status.InternalFailure])(
    "that the host refused with %d give minus that status, never a token",
    (status) => {
      sdk.host.answer("proxy_http_call", { status, results: [5] });
      expect(sdk.big("httpCall", "node", message, false, 1000)).toBe(-BigInt(status));
      expect(sdk.number("lastStatus")).toBe(status);
    },
  );
});

describe("gRPC", () => {
  it("opens calls and streams, sends, cancels and closes", () => {
    sdk.host.answer("proxy_grpc_call", { results: [4] });
    sdk.host.answer("proxy_grpc_stream", { results: [5] });
    expect(sdk.big("callGrpc", "c", "pkg.S", "M", message)).toBe(4n);
    expect(sdk.big("streamGrpc", "c", "pkg.S", "M")).toBe(5n);
    expect(sdk.number("sendGrpc", 5, message, true)).toBe(Status.Ok);
    expect(sdk.number("sendGrpc", 5, -1, false)).toBe(Status.Ok);
    expect(sdk.number("grpcCancel", 5)).toBe(Status.Ok);
    expect(sdk.number("grpcClose", 5)).toBe(Status.Ok);
    expect(sdk.host.calls).toEqual([
      ["proxy_grpc_call", "c", "pkg.S", "M", HEADERS, "b\0dy\xff", 250],
      ["proxy_grpc_stream", "c", "pkg.S", "M", ""],
      ["proxy_grpc_send", 5, "b\0dy\xff", 1],
      ["proxy_grpc_send", 5, "", 0],
      ["proxy_grpc_cancel", 5],
      ["proxy_grpc_close", 5],
    ]);
  });

  it("opens streams to what a serialized GrpcService says, byte for byte", () => {
    const service = "\x0a\x06\x0a\x01c\x12\x01h";
    sdk.host.answer("proxy_grpc_stream", { results: [6] });
    expect(sdk.big("streamGrpcTo", latin1(service), "pkg.S", "M")).toBe(6n);
    expect(sdk.host.calls).toEqual([["proxy_grpc_stream", service, "pkg.S", "M", ""]]);
    sdk.host.answer("proxy_grpc_stream", { status: Status.ParseFailure });
    expect(sdk.big("streamGrpcTo", latin1(service), "pkg.S", "M")).toBe(-4n);
  });

  it("tells how a call ended, and every refusal", () => {
    sdk.host.answer("proxy_get_status", { results: [14, "no h\xc3\xb6st"] });
    expect(sdk.text("grpcStatusText")).toBe("14 no höst");
    for (const name of ["get_status", "grpc_call", "grpc_stream", "grpc_send", "grpc_close"]) {
      sdk.host.answer(`proxy_${name}`, { status: Status.ParseFailure });
    }
    expect(sdk.text("grpcStatusText")).toBeNull();
    expect(sdk.big("callGrpc", "c", "s", "m", message)).toBe(-4n);
    expect(sdk.big("streamGrpc", "c", "s", "m")).toBe(-4n);
    expect(sdk.number("sendGrpc", 5, -1, false)).toBe(Status.ParseFailure);
    expect(sdk.number("grpcClose", 5)).toBe(Status.ParseFailure);
  });
});

describe("shared data", () => {
  it("is read with its compare-and-swap number, and set against it", () => {
    sdk.host.answer("proxy_get_shared_data", { results: ["v\xff", 0xffffffff] });
    expect(sdk.bytes("sharedValue", "k")).toBe("v\xff");
    expect(sdk.number("sharedCas", "k") >>> 0).toBe(0xffffffff);
    sdk.host.answer("proxy_set_shared_data", { status: Status.CasMismatch });
    expect(sdk.number("setSharedData", "k", latin1("n"), 7)).toBe(Status.CasMismatch);
    expect(sdk.host.calls.at(-1)).toEqual(["proxy_set_shared_data", "k", "n", 7]);
    sdk.host.answer("proxy_get_shared_data", { status: Status.NotFound });
    expect(sdk.bytes("sharedValue", "k")).toBeNull();
  });
});

describe("shared queues", () => {
  it("are registered, found, filled and emptied", () => {
    sdk.host.answer("proxy_register_shared_queue", { results: [3] });
    sdk.host.answer("proxy_resolve_shared_queue", { results: [4] });
    sdk.host.answer("proxy_dequeue_shared_queue", { results: ["item"] });
    expect(sdk.big("registerSharedQueue", "q")).toBe(3n);
    expect(sdk.big("resolveSharedQueue", "vm", "q")).toBe(4n);
    expect(sdk.number("enqueueSharedQueue", 4, latin1("item"))).toBe(Status.Ok);
    expect(sdk.bytes("dequeueSharedQueue", 3)).toBe("item");
    expect(sdk.host.calls).toEqual([
      ["proxy_register_shared_queue", "q"],
      ["proxy_resolve_shared_queue", "vm", "q"],
      ["proxy_enqueue_shared_queue", 4, "item"],
      ["proxy_dequeue_shared_queue", 3],
    ]);
  });

  it("tell an empty queue from an unknown one", () => {
    sdk.host.answer("proxy_dequeue_shared_queue", { status: Status.Empty });
    expect(sdk.bytes("dequeueSharedQueue", 3)).toBeNull();
    expect(sdk.number("lastStatus")).toBe(Status.Empty);
    sdk.host.answer("proxy_resolve_shared_queue", { status: Status.NotFound });
    expect(sdk.big("resolveSharedQueue", "vm", "q")).toBe(-1n);
    sdk.host.answer("proxy_register_shared_queue", { status: Status.InternalFailure });
    expect(sdk.big("registerSharedQueue", "q")).toBe(-10n);
    sdk.host.answer("proxy_enqueue_shared_queue", { status: Status.NotFound });
    expect(sdk.number("enqueueSharedQueue", 4, latin1("item"))).toBe(Status.NotFound);
  });
});

describe("metrics", () => {
  it("are defined, counted, set and read with 64 bits", () => {
    sdk.host.answer("proxy_define_metric", { results: [6] });
    sdk.host.answer("proxy_get_metric", { results: [2n ** 63n + 1n] });
    expect(sdk.big("defineMetric", 2, "latency")).toBe(6n);
    expect(sdk.number("incrementMetric", 6, -(2n ** 40n))).toBe(Status.Ok);
    expect(sdk.number("recordMetric", 6, 2n ** 40n)).toBe(Status.Ok);
    expect(BigInt.asUintN(64, sdk.big("getMetric", 6))).toBe(2n ** 63n + 1n);
    expect(sdk.host.calls).toEqual([
      ["proxy_define_metric", 2, "latency"],
      ["proxy_increment_metric", 6, -(2n ** 40n)],
      ["proxy_record_metric", 6, 2n ** 40n],
      ["proxy_get_metric", 6],
    ]);
  });

  it("tell every refusal", () => {
    for (const name of ["define", "increment", "record", "get"]) {
      sdk.host.answer(`proxy_${name}_metric`, { status: Status.BadArgument });
    }
    expect(sdk.big("defineMetric", 2, "latency")).toBe(-2n);
    expect(sdk.number("incrementMetric", 6, -1n)).toBe(Status.BadArgument);
    expect(sdk.number("recordMetric", 6, 1n)).toBe(Status.BadArgument);
    expect(sdk.big("getMetric", 6)).toBe(0n);
    expect(sdk.number("lastStatus")).toBe(Status.BadArgument);
  });
});

describe("properties", () => {
  it("are found by segments with a zero byte between them", () => {
    sdk.host.answer("proxy_get_property", { results: ["127.0.0.1:1"] });
    expect(sdk.bytes("propertyOf", "source/address")).toBe("127.0.0.1:1");
    expect(sdk.number("setPropertyOf", "a", latin1("\xff"))).toBe(Status.Ok);
    expect(sdk.host.calls).toEqual([
      ["proxy_get_property", "source\0address"],
      ["proxy_set_property", "a", "\xff"],
    ]);
    sdk.host.answer("proxy_get_property", { status: Status.NotFound });
    expect(sdk.bytes("propertyOf", "x")).toBeNull();
  });
});

describe("logging, clock and timer", () => {
  it("logs text as UTF-8, and bytes as they are", () => {
    expect(sdk.number("log", 3, "wärning")).toBe(Status.Ok);
    sdk.number("logBytes", 0, latin1("\xff"));
    expect(sdk.host.calls).toEqual([
      ["proxy_log", 3, "w\xc3\xa4rning"],
      ["proxy_log", 0, "\xff"],
    ]);
  });

  it("asks the host for its level, and logs if the host can't tell", () => {
    sdk.host.answer("proxy_get_log_level", { results: [3] });
    expect([2, 3, 4].map((level) => sdk.number("logEnabled", level))).toEqual([0, 1, 1]);
    sdk.host.answer("proxy_get_log_level", { status: 12 });
    expect(sdk.number("logEnabled", 0)).toBe(1);
  });

  it("reads the time with 64 bits; 0 where the host fails", () => {
    sdk.host.answer("proxy_get_current_time_nanoseconds", {
      results: [1_795_000_000_123_456_789n],
    });
    expect(sdk.big("getCurrentTimeNanoseconds")).toBe(1_795_000_000_123_456_789n);
    sdk.host.answer("proxy_get_current_time_nanoseconds", { status: 10, results: [1n] });
    expect(sdk.big("getCurrentTimeNanoseconds")).toBe(0n);
  });

  it("sets the tick period, and ends a wait for `done`", () => {
    sdk.host.answer("proxy_done", { status: Status.NotFound });
    expect(sdk.number("setTickPeriodMilliseconds", 500)).toBe(Status.Ok);
    expect(sdk.number("done")).toBe(Status.NotFound);
    expect(sdk.host.calls).toEqual([["proxy_set_tick_period_milliseconds", 500], ["proxy_done"]]);
  });
});

describe("foreign functions", () => {
  it("take and give bytes; a result may be empty or missing", () => {
    sdk.host.answer("proxy_call_foreign_function", { results: ["r\xff"] });
    expect(sdk.bytes("callForeignFunction", "f", latin1("\0"))).toBe("r\xff");
    sdk.host.answer("proxy_call_foreign_function", {});
    expect(sdk.bytes("callForeignFunction", "f", null)).toBe("");
    sdk.host.answer("proxy_call_foreign_function", { status: Status.NotFound });
    expect(sdk.bytes("callForeignFunction", "f", null)).toBeNull();
    expect(sdk.host.calls.slice(0, 2)).toEqual([
      ["proxy_call_foreign_function", "f", "\0"],
      ["proxy_call_foreign_function", "f", ""],
    ]);
  });
});
