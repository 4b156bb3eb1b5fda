/** Do the examples do in the simulator what their READMEs say, also where a README can't show it? */
import { beforeAll, describe, expect, it } from "vitest";
import { createGateway, type GatewayOptions } from "../../host-sim/src/index.ts";
import { compileExample } from "../support/assembly-script.ts";

describe("add-header", () => {
  it("adds its header to whatever the upstream answers", async () => {
    const gateway = await createGateway({
      wasm: await compileExample("add-header"),
      upstream: () => new Response("gone", { status: 410 }),
    });
    const response = await gateway.fetch("/");
    expect([response.status, response.headers.get("x-hello"), await response.text()]).toEqual([
      410,
      "from AssemblyScript",
      "gone",
    ]);
    await gateway.close();
  });
});

describe("http-call", () => {
  let wasm: string;
  beforeAll(async () => {
    wasm = await compileExample("http-call");
  });

  async function ask(
    auth: NonNullable<GatewayOptions["clusters"]>[string],
  ): Promise<{ status: number; text: string; reached: number }> {
    const gateway = await createGateway({
      wasm,
      config: "auth",
      upstream: () => new Response("hello"),
      clusters: { auth },
    });
    const response = await gateway.fetch("/page?x=1", { method: "POST", body: "body" });
    const text = await response.text();
    const reached = gateway.upstreamRequests.length;
    await gateway.close();
    return { status: response.status, text, reached };
  }

  it("lets a request go on when the service answers 200 for its path", async () => {
    let asked = "";
    const answer = await ask((request) => {
      asked = `${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`;
      return new Response();
    });
    expect(answer).toEqual({ status: 200, text: "hello", reached: 1 });
    expect(asked).toBe("GET /page?x=1");
  });

  it.each([204, 302, 401, 404])("answers 403 when the service says %d", async (status) => {
    const answer = await ask(() => new Response(null, { status }));
    expect(answer).toEqual({ status: 403, text: "not allowed\n", reached: 0 });
  });

  it.each([
    ["answers 500", () => new Response(null, { status: 500 })],
    ["has no host, so that no call is made", null],
    ["refuses connections", "http://127.0.0.1:1"],
  ] as const)("answers 503 when the service %s", async (_name, auth) => {
    const { status, reached } = await ask(auth);
    expect([status, reached]).toEqual([503, 0]);
  });
});
