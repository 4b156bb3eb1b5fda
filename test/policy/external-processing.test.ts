/**
 * Does the policy write what it tells a processor byte for byte as Google's encoder does, and read any answer as other decoders
 * do, whatever bytes it consists of?
 */
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { pairs } from "../as-proxy-wasm/support/sdk.ts";
import { ProcessingRequest, ProcessingResponse, replyBytes } from "../support/ext-proc/codec.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

interface Golden {
  readonly file: string;
  readonly title: string;
  readonly kind: "ProcessingRequest" | "ProcessingResponse";
  readonly hex: string;
}
type Fields = Readonly<Record<string, unknown>>;

const FOLDER = new URL("../fixtures/ext-proc/", import.meta.url);
const GOLDENS = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((file) => {
    const golden = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Omit<Golden, "file">;
    return { file, ...golden };
  });
const of = (kind: Golden["kind"]): Golden[] => GOLDENS.filter((each) => each.kind === kind);

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});
beforeEach(() => sdk.host.reset());

const hex = (latin1: string | null): string => Buffer.from(latin1!, "latin1").toString("hex");
const bytes = (text: string): Buffer => Buffer.from(text, "hex");
const FIELDS = [
  "",
  "",
  "request_headers",
  "response_headers",
  "request_body",
  "response_body",
  "request_trailers",
];

describe("the golden bytes of what is told", () => {
  const told = of("ProcessingRequest").filter(
    // Trailers of responses are not told, and an empty map is written as one, which Envoy never has to.
    ({ file }) => !/response-trailers|no-headers/.test(file),
  );

  it.each(told)("in $file: $title", ({ hex: golden }) => {
    const message = ProcessingRequest.toObject(ProcessingRequest.decode(bytes(golden)), {
      oneofs: true,
    }) as Fields & { request: string };
    const inner = message[message.request] as Fields;
    const field = FIELDS.indexOf(message.request);
    const ends = inner.end_of_stream === true;
    const ours = message.request.endsWith("_body")
      ? hex(sdk.bytes("toldBody", field, (inner.body as Buffer) ?? Buffer.alloc(0), ends))
      : hex(sdk.bytes("toldHeaders", field, pairsOf(inner), ends));
    // What stands behind it (attributes, modes) is compared with Envoy's own in test/ext-proc/same-as-envoy.test.ts.
    expect(golden.slice(0, ours.length)).toBe(ours);
  });

  it("is there for each kind", () => expect(told.length).toBeGreaterThan(10));
});

function pairsOf(inner: Fields): Uint8Array {
  const map = (inner.headers ?? inner.trailers) as {
    headers?: { key: string; raw_value?: Buffer }[];
  };
  const list = (map?.headers ?? []).map(
    ({ key, raw_value }) => [key, Buffer.from(raw_value ?? []).toString("latin1")] as const,
  );
  return pairs(...list.map(([name, value]) => [name, value] as [string, string]));
}

describe("what stands behind a message", () => {
  const rest = (...args: boolean[]): string => hex(sdk.bytes("toldRest", ...args));
  beforeEach(() => sdk.host.answer("proxy_get_property", { status: 1 }));

  it("is an empty metadata_context, and observability_mode where nothing is answered", () => {
    expect([rest(false, false, true), rest(false, true, true)]).toEqual(["4200", "42005001"]);
  });

  it("is the modes of bodies too in the first message", () => {
    expect(rest(true, false, true)).toMatch(/5a0408011001$/);
    expect(rest(true, false, false)).toMatch(/5a020801$/);
    expect(rest(true, true, true)).not.toMatch(/5a04/);
  });
});

describe("a time", () => {
  it("is written as Envoy writes it", () => {
    const text = (time: bigint): string => sdk.text("timeText", time)!;
    expect(text(0n)).toBe("1970-01-01T00:00:00+00:00");
    expect(text(951_782_400_000_000_001n)).toBe("2000-02-29T00:00:00.000000001+00:00");
    expect(text(1_795_382_985_175_862_000n)).toBe("2026-11-22T21:29:45.175862+00:00");
  });

  it("is that of another calendar, for any time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8_000_000_000_000 }), (milliseconds) => {
        const iso = new Date(milliseconds).toISOString().replace(/\.?0*Z$/, "");
        const ours = sdk.text("timeText", BigInt(milliseconds) * 1_000_000n)!;
        expect(ours.replace(/\+00:00$/, "")).toBe(
          iso.length === 16 ? `${iso}:00` : iso.length < 19 ? ours.slice(0, -6) : iso,
        );
      }),
    );
  });
});

/** The same of protobufjs' reading. */
function expected(message: Uint8Array): string {
  const raw = ProcessingResponse.toObject(ProcessingResponse.decode(message), {
    oneofs: true,
    longs: Number,
  }) as Fields & { response?: string };
  const kind = [
    "",
    "request_headers",
    "response_headers",
    "request_body",
    "response_body",
    "request_trailers",
    "response_trailers",
    "immediate_response",
  ].indexOf(raw.response ?? "");
  const inner = (raw[raw.response ?? ""] ?? {}) as Fields;
  const common = (inner.response ?? {}) as Fields;
  const mutation = (inner.header_mutation ?? common.header_mutation) as object | undefined;
  const modes = raw.mode_override as Record<string, number> | undefined;
  const body = common.body_mutation as object | undefined;
  const flags = [
    common.status === 1 && "replaces",
    body !== undefined && Object.keys(body).length > 0 && "mutates body",
    modes && (modes.request_body_mode ?? 0) === 0 && "skips request body",
    modes?.response_header_mode === 2 && "skips response",
    modes && (modes.response_body_mode ?? 0) === 0 && "skips response body",
  ].filter(Boolean);
  const lines = [
    `kind=${kind}`,
    `mutation=${mutation ? sizeOf(mutation) : ""}`,
    `flags=${flags.join(",")}`,
  ];
  return [...lines, ...(kind === 7 ? answerLines(inner) : [])].join("\n");
}

const sizeOf = (mutation: object): number =>
  ProcessingResponse.root.lookupType("HeaderMutation").encode(mutation).finish().length;

function answerLines(inner: Fields): string[] {
  const code = (inner.status as { code?: number } | undefined)?.code ?? 0;
  const headers = (inner.headers as { set_headers?: unknown[] } | undefined)?.set_headers ?? [];
  return [
    `status=${code >= 200 && code <= 999 ? code : 200}`,
    `details=${((inner.details as string) ?? "").replaceAll(/\s/g, "_")}`,
    `headers=${headers.length}`,
    `body=${inner.body ? Buffer.from(inner.body as Buffer).toString() : ""}`,
    `grpc=${(inner.grpc_status as { status?: number } | undefined)?.status ?? (inner.grpc_status ? 0 : -1)}`,
  ];
}

const read = (message: Uint8Array): string | null => sdk.text("processorAnswer", message);

describe("a golden answer", () => {
  it.each(of("ProcessingResponse").filter(({ file }) => !/more-time|oneof-twice/.test(file)))(
    "of $file is read: $title",
    ({ hex: golden }) => expect(read(bytes(golden))).toBe(expected(bytes(golden))),
  );

  it("that stands twice in one message is the last one", () => {
    const golden = GOLDENS.find(({ file }) => file === "oneof-twice.json")!;
    expect(read(bytes(golden.hex))).toBe("kind=1\nmutation=\nflags=");
  });

  it("that asks for time is known as that", () => {
    const golden = GOLDENS.find(({ file }) => file === "more-time.json")!;
    expect(read(bytes(golden.hex))).toContain("flags=asks for time");
  });

  it.each(of("ProcessingResponse"))(
    "of $file does no harm when it is cut anywhere",
    ({ hex: golden }) => {
      for (let end = 0; end < golden.length / 2; end++) read(bytes(golden).subarray(0, end));
    },
  );
});

describe("any answer", () => {
  const text = fc.string({ maxLength: 20 });
  const value = fc
    .uint8Array({ maxLength: 40 })
    .map((all) => Buffer.from(all.filter((byte) => byte >= 32 && byte < 127)));
  const header = fc.record({
    header: fc.record({ key: fc.stringMatching(/^[a-z][a-z-]{1,20}x$/), raw_value: value }),
  });
  const mutation = fc.record({
    // Of an answer's headers with one name the last alone counts, as in Envoy: test/ext-proc/same-as-envoy-answers.test.ts.
    set_headers: fc.uniqueArray(header, { maxLength: 5, selector: (one) => one.header.key }),
    remove_headers: fc.array(text),
  });
  const common = fc.record(
    {
      status: fc.constantFrom(0, 1, 7),
      header_mutation: mutation,
      body_mutation: fc.record({ clear_body: fc.constant(true) }),
    },
    { requiredKeys: [] },
  );
  const mode = fc.constantFrom(0, 1, 2);
  const modes = fc.record(
    { request_body_mode: mode, response_header_mode: mode, response_body_mode: mode },
    { requiredKeys: [] },
  );
  const immediate = fc.record(
    {
      status: fc.record({ code: fc.integer({ min: 0, max: 2000 }) }),
      headers: mutation,
      body: value,
      details: fc.stringMatching(/^[a-z ]{0,20}$/),
      grpc_status: fc.record({ status: fc.nat(20) }),
    },
    { requiredKeys: [] },
  );
  const message = fc.oneof(
    ...["request_headers", "response_headers", "request_body", "response_body"].map((kind) =>
      fc.record({
        [kind]: fc.record({ response: common }),
        mode_override: fc.option(modes, { nil: undefined }),
      }),
    ),
    fc.record({ immediate_response: immediate }),
    fc.record({ request_trailers: fc.record({ header_mutation: mutation }) }),
  );

  it("is read as another decoder reads it", () => {
    fc.assert(
      fc.property(message, (one) => {
        const encoded = replyBytes(JSON.parse(JSON.stringify(one), reviveBytes) as object);
        expect(read(encoded)).toBe(expected(encoded));
      }),
      { numRuns: 300 },
    );
  });

  it("is unusable as a whole, however deep the malformed message in it is", () => {
    expect(read(bytes("3a040a020d00"))).toBeNull(); // the status of an answer to the client
    expect(read(bytes("3a0812060a0412020f00"))).toBeNull(); // whether a header of it is appended
    expect(read(bytes("4a020a08"))).toBeNull(); // modes
  });

  it("may have fields of a fixed length, which are none of ours", () => {
    expect(read(bytes("3a0a0a080893030d01020304"))).toContain("status=403");
  });

  it("of any bytes does no harm", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        read(any);
      }),
      { numRuns: 3000 },
    );
  });

  it("with any byte changed does no harm, in a deep nest neither", () => {
    const whole = bytes(GOLDENS.find(({ file }) => file === "immediate-403.json")!.hex);
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 0x0b, 0x7f, 0x80, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        read(changed);
      }
    }
    expect(read(Buffer.alloc(100_000, 0x0b))).toBeNull();
    expect(read(Buffer.alloc(100_000, 0xff))).toBeNull();
  });
});

/** JSON's form of a Buffer, back into one. */
function reviveBytes(_: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: string; data?: number[] };
  return type === "Buffer" && data ? Buffer.from(data) : value;
}
