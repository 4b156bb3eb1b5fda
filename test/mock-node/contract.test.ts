/** Does the node take every message of the contract, and answer heads, batches and bytes of any kind as it says? */
import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { decodeCall, type CallItem } from "../../host-sim/src/mock-node/contract/decode.ts";
import { encodeAnswers, encodeError } from "../../host-sim/src/mock-node/contract/encode.ts";
import { ContractError } from "../../host-sim/src/mock-node/contract/contract-error.ts";
import type { Answer } from "../../host-sim/src/mock-node/contract/messages.ts";
import {
  call,
  callBytes,
  callHeaders,
  errorOf,
  requestMessage,
  responseMessage,
} from "./connector-client.ts";
import { counter } from "./counters.ts";
import { fromJson, readGoldens, type Golden } from "./golden.ts";

const goldens = readGoldens();
const ofKind = (...kinds: Array<Golden["kind"]>): Golden[] =>
  goldens.filter(({ kind }) => kinds.includes(kind));
const bytesOf = ({ hex }: Golden): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

let node: MockNode;
beforeAll(async () => {
  node = await createMockNode({ mock: { limits: { part_wait: "20ms" } } });
});
beforeEach(() => node.journal.clear());
afterAll(() => node.close());

const messageOf = (item: CallItem | undefined): unknown =>
  item && "message" in item ? item.message : item?.refused;

describe("golden bytes", () => {
  it.each(ofKind("request", "probe", "part", "response"))(
    "$file is decoded to what it says",
    (golden) => {
      const [item] = decodeCall(new Uint8Array([0x91, ...bytesOf(golden)]));
      const readable = fromJson(golden.message) as Record<string, unknown>;
      expect(messageOf(item)).toMatchObject(expectedMessage(readable));
    },
  );

  it.each(ofKind("batch"))("$file is decoded whole", (golden) => {
    expect(decodeCall(bytesOf(golden))).toHaveLength((golden.message as unknown[]).length);
  });

  it.each(ofKind("verdict", "answer"))("$file is what the encoder writes", (golden) => {
    const list = (golden.kind === "answer" ? golden.message : [golden.message]) as Answer[];
    const answers = list.map((answer) => ({
      ...answer,
      id: (answer.id as unknown as { $bin: string }).$bin,
    }));
    const bytes = Buffer.from(encodeAnswers(answers)).toString("hex");
    expect(bytes).toBe(golden.kind === "answer" ? golden.hex : `91${golden.hex}`);
  });

  it.each(ofKind("error"))("$file is what the encoder writes", (golden) => {
    const { error } = golden.message as { error: string };
    expect(Buffer.from(encodeError(error)).toString("hex")).toBe(golden.hex);
  });
});

/** The contract's names and bytes, as the node's own names and latin1 text. */
function expectedMessage(wire: Record<string, unknown>): Record<string, unknown> {
  const latin1 = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString("latin1");
  const pairs = (list: unknown): unknown =>
    (list as Array<[string, Uint8Array]> | undefined)?.map(([name, value]) => [
      name,
      latin1(value),
    ]);
  return {
    id: Buffer.from(wire.id as Uint8Array).toString("hex"),
    type: wire.type ?? "part",
    trailers: pairs(wire.trailers),
    body: wire.body ?? new Uint8Array(0),
    ...("time" in wire ? { time: Number(wire.time) } : {}),
    ...("mode" in wire ? { mode: wire.mode } : {}),
    ...("scheme" in wire ? { scheme: wire.scheme, method: wire.method } : {}),
    ...("raw_scheme" in wire ? { rawScheme: latin1(wire.raw_scheme) } : {}),
    ...("raw_method" in wire ? { rawMethod: latin1(wire.raw_method) } : {}),
    ...("host" in wire ? { host: latin1(wire.host), path: latin1(wire.path) } : {}),
    ...("headers" in wire ? { headers: pairs(wire.headers) } : {}),
    ...("client_ip" in wire ? { clientIp: wire.client_ip, api: wire.api } : {}),
    ...("status" in wire ? { status: wire.status, duration: Number(wire.duration) } : {}),
    ...("body_size" in wire ? { bodySize: wire.body_size, truncated: wire.truncated } : {}),
  };
}

describe("the decoder", () => {
  it("takes integers of every width, and ignores unknown fields at any place", () => {
    const api = { id: "1", name: "n", version: "v", owner: { a: [1] } };
    const message = {
      ...requestMessage({ api }),
      future: { deep: [[{ x: 1 }]] },
      part: 0n,
      body_size: 0n,
    };
    expect(messageOf(decodeCall(encode([message], { useBigInt64: true }))[0])).toMatchObject({
      part: 0,
      bodySize: 0,
    });
  });

  it("takes nesting of 16", () => {
    const deep = [...Array<undefined>(13)].reduce<unknown>((inner) => [inner], [1]);
    expect(decodeCall(encode([{ ...requestMessage(), deep }], { useBigInt64: true }))).toHaveLength(
      1,
    );
  });

  it("answers anything at all with messages or a ContractError, never with another failure", () => {
    const junk = fc.uint8Array({ maxLength: 200 });
    fc.assert(fc.property(junk, decodesOrRefuses), { numRuns: 3000 });
  });

  it("answers changed golden bytes with messages or a ContractError", () => {
    const batches = ofKind("batch", "request", "part").map(bytesOf);
    const change = fc.record({
      which: fc.nat({ max: batches.length - 1 }),
      at: fc.nat(),
      byte: fc.nat({ max: 255 }),
      length: fc.nat({ max: 40 }),
    });
    fc.assert(
      fc.property(change, ({ which, at, byte, length }) => {
        const bytes = Buffer.concat([Buffer.from([0x91]), batches[which]!]);
        bytes[at % bytes.length] = byte;
        decodesOrRefuses(
          bytes.subarray(0, bytes.length - (length > 20 ? length % bytes.length : 0)),
        );
      }),
      { numRuns: 3000 },
    );
  });
});

function decodesOrRefuses(bytes: Uint8Array): void {
  try {
    const items = decodeCall(bytes);
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) if ("refused" in item) throw item.refused;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    expect(error.status).toBe(400);
    expect(error.message).not.toMatch(/[\n\r]/);
  }
}

describe("the head of a call", () => {
  const one = (): Uint8Array<ArrayBuffer> => encode([requestMessage()], { useBigInt64: true });

  it.each<[string, Record<string, string>, string, number, RegExp, string | undefined]>([
    [
      "another contract version",
      callHeaders,
      "/connector/v2/messages",
      426,
      /version 2 is not spoken/,
      "connector_info",
    ],
    [
      "no connector",
      { ...callHeaders, "x-wallarm-connector": "" },
      "/connector/v1/messages",
      400,
      /x-wallarm-connector is "": must be/,
      "connector_info",
    ],
    [
      "no semantic version",
      { ...callHeaders, "x-wallarm-connector-version": "one" },
      "/connector/v1/messages",
      400,
      /x-wallarm-connector-version is "one"/,
      "connector_info",
    ],
    [
      "another content type",
      { ...callHeaders, "content-type": "application/json" },
      "/connector/v1/messages",
      400,
      /content-type is application\/json/,
      undefined,
    ],
    ["another path", callHeaders, "/elsewhere", 404, /no such path/, undefined],
  ])("with %s is refused", async (_, headers, path, status, reason, rejected) => {
    const labels = { reason: rejected ?? "connector_info" };
    const before = await counter(node, "http_connector_server_messages_rejected_total", labels);
    const answer = await callBytes(node.url, one(), headers, path);
    expect([answer.status, errorOf(answer)]).toEqual([status, expect.stringMatching(reason)]);
    const after = await counter(node, "http_connector_server_messages_rejected_total", labels);
    expect(after - before).toBe(rejected === undefined ? 0 : 1);
  });

  it("may have a prefix, which the journal keeps", async () => {
    const answer = await callBytes(node.url, one(), callHeaders, "/team/a/connector/v1/messages");
    expect(answer.status).toBe(200);
    expect(node.journal.messages()[0]?.call).toMatchObject({
      path: "/team/a/connector/v1/messages",
      connector: "flex",
      connectorVersion: "0.1.0",
    });
  });

  it("must be a POST", async () => {
    const answer = await fetch(`${node.url}/connector/v1/messages`);
    expect(answer.status).toBe(405);
    expect(decode(new Uint8Array(await answer.arrayBuffer()))).toEqual({
      error: "method is GET: must be POST",
    });
  });
});

describe("a batch", () => {
  it("has a verdict for each request and none for responses", async () => {
    const copies = [1, 2, 3].map(() => requestMessage({ mode: "async" }));
    const { status, value } = await call(
      node.url,
      ...copies,
      responseMessage({ id: copies[0]!.id }),
    );
    expect(status).toBe(200);
    expect((value as Array<{ id: Uint8Array }>).map(({ id }) => id)).toEqual(
      copies.map(({ id }) => id),
    );
  });

  it("tells an error for one message alone, and judges the others", async () => {
    const copies = [1, 2].map(() => requestMessage({ mode: "async" }));
    const other = { ...copies[0]!, path: new Uint8Array([0x2f, 0x32]) };
    const { status, value } = await call(node.url, copies[0]!, other, copies[1]!);
    expect(status).toBe(200);
    expect(value).toMatchObject(
      [{ action: "pass" }, { error: /part 0 came before/ }, { action: "pass" }].map((one) =>
        "error" in one ? { error: expect.stringMatching(one.error!) as unknown } : one,
      ),
    );
  });

  it("of responses alone is answered with an empty array", async () => {
    const { status, value } = await call(node.url, responseMessage(), responseMessage());
    expect([status, value]).toEqual([200, []]);
  });
});
