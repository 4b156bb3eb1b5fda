/** Does the answer of an external processor decide what becomes of a request, and is it told of all that Envoy's filter tells? */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { carryOn, closeWith, refuseAt } from "../support/ext-proc/processor.ts";

const config = { node_timeout_ms: 8000, fallback_action: "block" };

describeEngines("an external processor", { extProc: true, config }, (scene) => {
  test("lets a GET reach the API, and is told of the response", async () => {
    const path = scene.path();
    const answer = await request(scene.gateway, { path });
    expect([answer.status, answer.text]).toEqual([200, "hello from the API"]);
    const stream = await scene.processor.stream(path);
    await eventually("the stream ends", () => stream.ended);
    expect(stream.kinds).toEqual(["request_headers", "response_headers", "response_body"]);
    expect(stream.told.map((each) => each.endOfStream)).toEqual([true, false, true]);
    expect(stream.header(":method")).toBe("GET");
    expect(stream.header(":status", "response_headers")).toBe("200");
    expect(stream.body("response_body").toString()).toBe("hello from the API");
  });

  test.each(["request_headers", "request_body"])("refuses at %s", async (kind) => {
    const headers = { set_headers: [{ header: { key: "x-why", raw_value: Buffer.from("it") } }] };
    scene.processor.answerWith(refuseAt(kind, { body: Buffer.from("no"), headers }));
    const path = scene.path();
    const answer = await request(scene.gateway, { path, method: "POST", body: "id=1 OR 1=1" });
    expect([answer.status, answer.text, answer.header("x-why")]).toEqual([403, "no", "it"]);
    expect(scene.upstream.requests).toEqual([]);
  });

  test("refuses a response", async () => {
    scene.processor.answerWith(refuseAt("response_headers", { status: { code: 451 } }));
    const answer = await request(scene.gateway, { path: scene.path() });
    expect(answer.status).toBe(451);
  });

  test("ends its stream in good order: the rest goes on without it", async () => {
    scene.processor.answerWith((told, stream) => {
      carryOn(told, stream);
      closeWith(0)(told, stream);
    });
    const path = scene.path();
    const answer = await request(scene.gateway, { path, method: "POST", body: "rest" });
    expect(answer.status).toBe(200);
    expect(scene.upstream.find(path)?.start.toString()).toBe("rest");
    expect((await scene.processor.stream(path)).kinds).toEqual(["request_headers"]);
  });

  test("leaves nothing open", async () => {
    const connection = await Connection.open(scene.gateway);
    connection.abort();
    await eventually("no stream is open", () => scene.processor.open.length === 0);
  });
});
