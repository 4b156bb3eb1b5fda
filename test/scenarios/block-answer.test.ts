/** What does the client of a blocked request read? The operator's own text, or JSON, or a page if it prefers that. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { request } from "../support/client.ts";
import type { Response } from "../support/client.ts";
import { describeEngines } from "../support/engines.ts";
import { grpcMessage } from "../support/grpc-upstream.ts";
import { Http2Client } from "../support/http2-client.ts";
import { block, reset } from "../support/node/replies.ts";
import type { Config, Scene } from "../support/scene.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async function blocked(scene: Scene, accept?: string): Promise<{ answer: Response; id: string }> {
  scene.node.answerWith(block);
  const path = scene.path();
  const answer = await request(scene.gateway, {
    path,
    ...(accept !== undefined && { headers: [["accept", accept]] }),
  });
  const { id } = await scene.node.request(path);
  expect(answer.header("x-wallarm-request-id")).toBe(id);
  expect(answer.header("cache-control")).toBe("no-store");
  expect(scene.upstream.requests).toEqual([]);
  return { answer, id };
}

describeEngines("without own texts", { config: { request_body_overflow: "block" } }, (scene) => {
  test.each([undefined, "*/*", "application/json", "text/html;q=0.5, */*", "text/html;q=0"])(
    "a client that accepts %j gets JSON",
    async (accept) => {
      const { answer, id } = await blocked(scene, accept);
      expect(answer.status).toBe(403);
      expect(answer.header("content-type")).toBe("application/json");
      expect(JSON.parse(answer.text)).toEqual({
        error: "forbidden",
        message: "The request was blocked.",
        requestId: id,
      });
    },
  );

  test.each([BROWSER, "text/*", "application/json;q=0.1, TEXT/HTML;q=0.2"])(
    "a client that accepts %j gets a page",
    async (accept) => {
      const { answer, id } = await blocked(scene, accept);
      expect(answer.status).toBe(403);
      expect(answer.header("content-type")).toBe("text/html; charset=utf-8");
      expect(answer.text).toMatch(/^<!doctype html><title>The request was blocked\.<\/title>/);
      expect(answer.text).toContain(id);
    },
  );

  test("a browser whose upload is too large gets a page, with 413", async () => {
    const answer = await request(scene.gateway, {
      path: scene.path(),
      method: "POST",
      headers: [
        ["accept", BROWSER],
        ["content-length", "99999999"],
      ],
      body: "x",
    });
    expect(answer.status).toBe(413);
    expect(answer.header("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.text).toContain("<h1>The request body is too large.</h1>");
  });
});

const own = (block_body: string, more: Config = {}): Config => ({
  block_status: 451,
  block_body,
  ...more,
});

describeEngines("block_status and block_body", { config: own("no") }, (scene) => {
  /** Body of the configuration, and the content type that it makes. */
  const bodies: readonly (readonly [string, string])[] = [
    ["Sorry. Tell us ${request_id}", "text/plain; charset=utf-8"],
    ["<p>${request_id} and ${request_id}</p>", "text/html; charset=utf-8"],
    [" \r\n<!doctype html>é ü 😀", "text/html; charset=utf-8"],
    ['{"code":"E17","ref":"${request_id}"}', "application/json"],
    ['["${request_id}"]', "application/json"],
    ["${request_id}", "text/plain; charset=utf-8"],
    ["$${request_id}} ${REQUEST_ID} ${request_id", "text/plain; charset=utf-8"],
    ["x".repeat(20_000), "text/plain; charset=utf-8"],
  ];

  test.each(bodies)("%j is sent as %s, to whoever accepts what", async (text, type) => {
    await scene.gateway.reconfigure([scene.filter(own(text))]);
    for (const accept of [undefined, BROWSER]) {
      const { answer, id } = await blocked(scene, accept);
      expect(answer.status).toBe(451);
      expect(answer.header("content-type")).toBe(type);
      expect(answer.body.toString("utf8")).toBe(text.replaceAll("${request_id}", id));
    }
  });

  test("a HEAD gets the status and no body", async () => {
    scene.node.answerWith(block);
    const answer = await request(scene.gateway, { path: scene.path(), method: "HEAD" });
    expect(answer.status).toBe(451);
    expect(answer.body.length).toBe(0);
  });

  test.each([400, 404, 500, 599])("block_status %i is the client's", async (block_status) => {
    await scene.gateway.reconfigure([scene.filter({ block_status })]);
    expect((await blocked(scene)).answer.status).toBe(block_status);
  });

  test("fallback_action block answers the same", async () => {
    await scene.gateway.reconfigure([
      scene.filter(own("down: ${request_id}", { fallback_action: "block" })),
    ]);
    scene.node.answerWith(() => reset);
    const answer = await request(scene.gateway, { path: scene.path() });
    expect(answer.status).toBe(451);
    expect(answer.text).toBe(`down: ${answer.header("x-wallarm-request-id")}`);
  });
});

const grpc = { needs: ["http2"], config: own("<p>no page</p>") } as const;
describeEngines("a gRPC client", grpc, (scene) => {
  let client: Http2Client;
  beforeAll(() => void (client = new Http2Client(scene.gateway)));
  afterAll(() => client.close());

  test("that is blocked is told grpc-status 7 and no page, whatever is configured", async () => {
    scene.node.answerWith(block);
    const call = { ":method": "POST", "content-type": "application/grpc", te: "trailers" };
    const path = scene.path("shop.Cart/Get");
    const answer = await client.request(
      { ...call, ":path": path, accept: BROWSER },
      grpcMessage("hello"),
    );
    expect(answer.status).toBe(200);
    const of = (name: string): unknown => answer.headers[name] ?? answer.trailers[name];
    expect(of("grpc-status")).toBe("7");
    const message = decodeURIComponent(String(of("grpc-message")));
    expect(JSON.parse(message)).toMatchObject({ error: "forbidden" });
  });
});
