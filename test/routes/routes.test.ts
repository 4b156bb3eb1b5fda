/** Does the API get exactly the client's bytes, once for each time that the route sends them, whatever route it is? */
import { expect, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { Connection } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { pairwise } from "../support/pairwise.ts";
import type { Scene } from "../support/scene.ts";
import type { TestNode } from "../support/node/test-node.ts";
import { sha256, type SeenRequest } from "../support/upstream.ts";
import { bodyKinds, send, type BodyKind } from "./support/bodies.ts";
import { routeKinds, type RouteKind } from "./support/route-kinds.ts";

const scenes = pairwise({
  kind: routeKinds,
  holding: [true, false],
  over: ["connector", "ext_proc"],
  bufferLimit: [1_048_576, 32_768, 4_096, 1_024],
  partLimit: [1_048_576, 7_000],
} as const);

const asksForRetries = {
  wasm: await compileToFile("routes/modules/asks-for-retries", "release"),
  name: "asks-for-retries",
  rootId: "",
  vmId: "asks-for-retries",
  config: "",
};

type Setting = (typeof scenes)[number];

/** Of a body behind a head that went on before it, no more may be sent again: the policy asks the router not to. */
const MOST_RETRIED = 32_768;

/** Whether the router has what it needs to send the request a second time. */
function isKept({ holding, bufferLimit }: Setting, body: BodyKind): boolean {
  if (body.size > bufferLimit) return false;
  return holding || (body.declared && body.size <= MOST_RETRIED);
}

function answerOf(setting: Setting, body: BodyKind): number[] {
  const { kind, holding, bufferLimit } = setting;
  const ends = kind.again === "retry" ? [503] : kind.again === "redirect" ? [307] : [];
  const whole = kind.again === undefined || kind.again === "mirror" || isKept(setting, body);
  // The gateway itself refuses what does not fit into its buffer, once for each worker: then the policy knows the limit.
  const refused = !holding && body.size > bufferLimit && body.size <= MOST_RETRIED ? [413] : [];
  return [...(whole ? [200] : [...ends, 200]), ...refused];
}

for (const setting of scenes) {
  const { kind, holding, over, bufferLimit, partLimit } = setting;
  const title =
    `on a route with ${kind.title}, headers ${holding ? "held" : "not held"}, over ${over}, ` +
    `a buffer of ${bufferLimit} and parts of ${partLimit} bytes, a body of`;
  const options = {
    config: { request_body_limit: partLimit, header_holding: holding ? "auto" : "off" },
    allowOnHeadersStopIteration: holding,
    over,
    bufferLimit,
    isOneOfMany: true,
    ...(kind.route && { route: kind.route }),
    ...(kind.asks && { [kind.asks]: [asksForRetries] }),
  };
  describeEngines<TestNode>(title, options, (scene) => {
    test.each(bodyKinds)("$title arrives as it was sent", (body) => arrives(scene, setting, body));
  });
}

async function arrives(scene: Scene<TestNode>, setting: Setting, body: BodyKind): Promise<void> {
  const { kind } = setting;
  let count = 0;
  scene.upstream.answerWith((response, seen, request) => {
    if (++count === 1 && kind.first) return kind.first(response, seen, request);
    response.end("ok");
  });
  const connection = await Connection.open(scene.gateway);
  const path = scene.path();
  const sent = await send(connection, body, { path });
  const answer = await within("the answer", connection.readResponse("POST"));
  connection.abort();
  expect(answerOf(setting, body)).toContain(answer.status);
  const seen = await settled(scene, answer.status === 413 ? 0 : timesSent(kind, answer.status));
  for (const request of seen) {
    expect([request.bodyBytes, request.hash]).toEqual([sent.length, sha256(sent)]);
    expect(framing(request)).toEqual(body.declared ? `${body.size}` : "chunked");
  }
}

function timesSent(kind: RouteKind, status: number): number {
  if (kind.again === "mirror") return 2;
  return kind.again !== undefined && status === 200 ? 2 : 1;
}

async function settled(scene: Scene<TestNode>, times: number): Promise<readonly SeenRequest[]> {
  return eventually(`${times} whole requests at the API`, () => {
    const whole = scene.upstream.requests.filter((each) => each.complete);
    return whole.length === times ? whole : undefined;
  });
}

const framing = (request: SeenRequest): string | undefined =>
  request.headers.find(([name]) => name === "content-length" || name === "transfer-encoding")?.[1];
