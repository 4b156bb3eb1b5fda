/** Does patience get an attack through: a byte at a time, with pauses that are far longer than any time-out of the policy? */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createGateway, ManualClock } from "../../host-sim/src/index.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { decodeMessages } from "../support/node/messages.ts";
import { pass, block, serialize } from "../support/node/replies.ts";
import type { Reply } from "../support/node/replies.ts";
import { NEEDLE } from "./support/told.ts";

const PAUSES_MS = [50, 1_050, 1_500, 30_000, 600_000];

test.each(PAUSES_MS)("not with pauses of %i ms", async (pause) => {
  const clock = new ManualClock();
  let told = "";
  const judge = async (request: Request): Promise<Response> => {
    const messages = decodeMessages(new Uint8Array(await request.arrayBuffer()));
    for (const { body } of messages) told += body?.toString() ?? "";
    return responseOf(told.includes(NEEDLE) ? block(messages) : pass(messages));
  };
  await using gateway = await createGateway({
    wasm: readFileSync(POLICY_WASM),
    config: { wallarm_node: "http://node.example", wallarm_cluster: "node" },
    rootId: "main",
    allowOnHeadersStopIteration: true,
    clusters: { node: judge },
    clock,
    routeTimeoutMs: 0,
  });
  const stream = gateway.openStream({ method: "POST", path: "/slow" });
  const { client } = stream;
  const sent = `${NEEDLE}, and more`;
  for (const byte of sent) {
    client.send(byte);
    await clock.advance(pause);
    if (client.status !== undefined) break;
  }
  client.end();
  await clock.advance(2_000);
  expect(client.status).toBe(403);
  expect(sent.startsWith(told)).toBe(true);
  expect(told).toContain(NEEDLE);
  const reached = gateway.upstreamRequests.map((each) => Buffer.from(each.body).toString());
  expect(reached.some((body) => body.includes(NEEDLE))).toBe(false);
  expect(reached.every((body) => NEEDLE.startsWith(body))).toBe(true);
  expect(stream.upstream?.ended ?? false).toBe(false);
});

function responseOf(reply: Reply): Response {
  const bytes = serialize(reply as Reply & { kind: "http" });
  const body = bytes.subarray(bytes.indexOf("\r\n\r\n") + 4);
  return new Response(body, { headers: { "x-wallarm-node": "0.0.1" } });
}
