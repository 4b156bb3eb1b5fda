/** Is gRPC judged message by message, without a stream that waits for itself, and can nobody pretend to be gRPC? */
import { afterAll, beforeAll, expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { grpcMessage, GrpcUpstream } from "../support/grpc-upstream.ts";
import { answerOf, Http2Client } from "../support/http2-client.ts";
import { block, pass } from "../support/node/replies.ts";

const call = { ":method": "POST", "content-type": "application/grpc", te: "trailers" };

// One port for the scene's cluster, which is written before the scene begins.
const service = await GrpcUpstream.start();
afterAll(() => service.stop());

describeTransports(
  "a gRPC call",
  { needs: ["http2"], upstream: { url: service.url, http2: true } },
  (scene) => {
    let client: Http2Client;
    beforeAll(() => void (client = new Http2Client(scene.gateway)));
    afterAll(() => client.close());

    test("with one message gets its answer and its status", async () => {
      const path = scene.path("shop.Cart/Get");
      const answer = await client.request({ ...call, ":path": path }, grpcMessage("hello"));
      expect(answer.body.equals(grpcMessage("hello"))).toBe(true);
      expect(answer.trailers["grpc-status"]).toBe("0");
      const message = await scene.node.request(path);
      expect(message.part).toBe(0);
      if (scene.over === "connector") expect(message.protocol).toBe("HTTP/2");
      const told = scene.node.partsOf(message.id).map((each) => each.body ?? Buffer.alloc(0));
      expect(Buffer.concat(told).equals(grpcMessage("hello"))).toBe(true);
      expect(scene.node.partsOf(message.id).at(-1)?.last).toBe(true);
    });

    test("whose client waits for each answer does not wait for ever", async () => {
      const path = scene.path("shop.Cart/Chat");
      const stream = client.open({ ...call, ":path": path });
      const chunks: Buffer[] = [];
      stream.on("data", (data: Buffer) => chunks.push(data));
      const answer = answerOf(stream);
      for (const text of ["one", "two", "three"]) {
        stream.write(grpcMessage(text));
        await eventually(`${text} comes back`, () => Buffer.concat(chunks).includes(text));
      }
      stream.end();
      expect((await within("the end", answer)).trailers["grpc-status"]).toBe("0");
      const { id } = await scene.node.request(path);
      const told = scene.node.partsOf(id).map((each) => each.body?.toString("latin1") ?? "");
      expect(told.join("")).toContain("three");
    });

    test("is cut off at the message that is blocked, which the service never sees", async () => {
      scene.node.answerWith((messages) =>
        messages.some((each) => each.body?.includes("attack")) ? block(messages) : pass(messages),
      );
      const path = scene.path("shop.Cart/Chat");
      const stream = client.open({ ...call, ":path": path });
      const chunks: Buffer[] = [];
      stream.on("data", (data: Buffer) => chunks.push(data));
      stream.write(grpcMessage("fine"));
      await eventually("the first comes back", () => Buffer.concat(chunks).includes("fine"));
      const before = service.bytes;
      const ended = within(
        "the end",
        answerOf(stream).catch(() => undefined),
      );
      stream.write(grpcMessage("an attack"));
      await ended;
      expect(service.bytes).toBe(before);
    });

    test("that is blocked on its headers is answered as gRPC wants it: 200, grpc-status 7", async () => {
      scene.node.answerWith(block);
      const path = scene.path("shop.Cart/Get");
      const answer = await client.request({ ...call, ":path": path }, grpcMessage("hello"));
      expect(answer.status).toBe(200);
      expect(answer.headers["grpc-status"] ?? answer.trailers["grpc-status"]).toBe("7");
    });
  },
);

describeTransports(
  "a gRPC call, with a block_status and a limit",
  {
    needs: ["http2"],
    upstream: { url: service.url, http2: true },
    config: { block_status: 429, request_body_limit: 100, request_body_overflow: "block" },
  },
  (scene) => {
    const statusOf = async (body: string): Promise<unknown> => {
      const client = new Http2Client(scene.gateway);
      const head = { ...call, ":path": scene.path("shop.Cart/Get") };
      const { headers, trailers } = await client.request(head, grpcMessage(body));
      client.close();
      return headers["grpc-status"] ?? trailers["grpc-status"];
    };

    test("that is blocked is told that it is not permitted, whatever block_status is", async () => {
      scene.node.answerWith(block);
      expect(await statusOf("hello")).toBe("7");
    });

    test("that is too long is not told that it is not permitted", async () => {
      expect(await statusOf("x".repeat(200))).toBe("2");
    });
  },
);

describeTransports("an HTTP/1.1 JSON POST that pretends to be gRPC", {}, (scene) => {
  test.each(["application/grpc", "application/grpc+proto", "application/grpc-web"])(
    "(%s) is held like any other until its whole body is judged",
    async (type) => {
      scene.node.answerWith((messages) =>
        messages.some((each) => each.body?.includes("OR 1=1")) ? block(messages) : pass(messages),
      );
      const before = scene.upstream.bytes;
      const path = scene.path();
      const answer = await request(scene.gateway, {
        path,
        method: "POST",
        headers: [
          ["content-type", type],
          ["te", "trailers"],
        ],
        body: [Buffer.from('{"id":"1 '), Buffer.from('OR 1=1"}')],
        chunked: true,
      });
      // Envoy itself answers what calls itself gRPC with 200 and a grpc-status.
      const refused = answer.status === 403 || answer.header("grpc-status") === "7";
      expect(refused).toBe(true);
      expect(scene.upstream.bytes).toBe(before);
      const { id } = await scene.node.request(path);
      expect(scene.node.partsOf(id)).toHaveLength(1);
    },
  );
});
