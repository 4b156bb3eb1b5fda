/** Do processors that others wrote see from Envoy's native filter what the mock node sees, and act as it does? */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { request } from "../support/client.ts";
import { sha256, Upstream } from "../support/upstream.ts";
import {
  Counterpart,
  counterpartMissing,
  counterparts,
  type RecordedMessage,
} from "./support/counterparts.ts";
import { envoyBinary, startNativeEnvoy, type NativeEnvoy } from "./support/native-envoy.ts";

const ATTACK = "/files?name=../../etc/passwd";

for (const name of counterparts) {
  const missing = envoyBinary ? counterpartMissing(name) : "no Envoy";
  const reason = missing === undefined ? "" : ` (left out: ${missing})`;

  describe.skipIf(missing !== undefined)(`the ${name} counterpart${reason}`, () => {
    let processor: Counterpart;
    let upstream: Upstream;
    let envoy: NativeEnvoy;

    beforeAll(async () => {
      processor = await Counterpart.start(name);
      upstream = await Upstream.start();
      envoy = await startNativeEnvoy({
        processor: processor.url,
        upstream: upstream.url,
        processingMode: { request_trailer_mode: "SEND", response_trailer_mode: "SEND" },
      });
    }, 400_000);
    afterAll(() => Promise.all([envoy?.stop(), processor?.stop(), upstream?.stop()]));
    beforeEach(() => upstream.reset());

    it("is told of a GET as the vendor's guide has it configured", async () => {
      const headers = [["x-request-id", "01234567-89ab-4cde-8f01-23456789abcd"]] as const;
      expect((await request(envoy, { path: "/orders?id=7", headers })).status).toBe(200);
      const [first, second, third] = await processor.latest(3);
      expect(first).toMatchObject({
        request_headers: { end_of_stream: true },
        attributes: {
          "envoy.filters.http.ext_proc": {
            "request.id": "01234567-89ab-4cde-8f01-23456789abcd",
            "request.time": expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)$/) as string,
            "source.address": expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
          },
        },
        protocol_config: { request_body_mode: "STREAMED", response_body_mode: "STREAMED" },
      });
      expect(
        headersOf(first!)
          .slice(0, 4)
          .map(([key]) => key),
      ).toEqual([":authority", ":path", ":method", ":scheme"]);
      expect(headersOf(second!)[0]).toEqual([":status", "200"]);
      for (const key of ["attributes", "protocol_config"]) expect(second).not.toHaveProperty(key);
      const body = { body: Buffer.from("hello from the API").toString("base64") };
      expect(third).toMatchObject({ response_body: body });
    });

    it("blocks an attack in the path, in a body and in trailers", async () => {
      const answers = [
        await request(envoy, { path: ATTACK }),
        await request(envoy, { method: "POST", path: "/", body: ATTACK }),
        await request(envoy, { method: "POST", path: "/", body: "x", trailers: [["x-a", ATTACK]] }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
      expect(answers[0]!.header("x-processor")).toBe("counterpart");
      expect(upstream.requests.filter(({ complete }) => complete)).toEqual([]);
    });

    it("passes 1 MB whole", async () => {
      const body = Buffer.alloc(1_000_000, "ordinary ");
      expect((await request(envoy, { method: "POST", path: "/", body })).status).toBe(200);
      expect(upstream.last?.hash).toBe(sha256(body));
    });
  });
}

function headersOf(message: RecordedMessage): [string, string][] {
  const { headers } = Object.values(message)[0] as {
    headers: { headers: { key: string; raw_value?: string }[] };
  };
  return headers.headers.map(({ key, raw_value = "" }) => [
    key,
    Buffer.from(raw_value, "base64").toString("latin1"),
  ]);
}
