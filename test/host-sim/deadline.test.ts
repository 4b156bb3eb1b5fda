/** What does a test learn when its gateway hangs? After `deadlineMs` an error says what the stream waits for. */
import { afterEach, describe, expect, test } from "vitest";
import {
  createGateway,
  ManualClock,
  type Gateway,
  type GatewayOptions,
} from "../../host-sim/src/index.ts";
import { compileModule } from "../support/assembly-script.ts";

const call = "call node :method=GET,:path=/n,:authority=n - 1000";
const never = () => new Promise<Response>(() => {});
let gateway: Gateway;

async function waitsFor(script: string, options: GatewayOptions): Promise<string> {
  const wasm = await compileModule("host-sim/modules/probe", "bare");
  gateway = await createGateway({
    wasm,
    config: script,
    pluginName: "probe",
    deadlineMs: 50,
    ...options,
  });
  const answer = gateway.fetch("/").then((response) => response.text());
  return answer.catch((error: unknown) => String(error));
}

afterEach(() => gateway.close());

describe("a request that hangs", () => {
  const error = "SimulatorError: nothing came within 50 ms (deadlineMs): ";

  test("names the filter that holds it, the calls that are open, and a clock that stands still", async () => {
    const options = { clock: new ManualClock(), clusters: { node: never } };
    expect(await waitsFor(`request_headers: ${call}; return 1`, options)).toBe(
      `${error}filter "probe" holds the request; no answer yet from cluster "node"; ` +
        "time stands still until clock.advance",
    );
  });

  test("names the filter that holds its answer", async () => {
    expect(await waitsFor("response_headers: return 1", {})).toBe(
      `${error}filter "probe" holds the answer`,
    );
  });

  test("names the upstream that does not answer", async () => {
    expect(await waitsFor("", { upstream: never })).toBe(`${error}the upstream has not answered`);
  });

  test("names the upstream that does not end its answer", async () => {
    const upstream = () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
    expect(await waitsFor("", { upstream })).toBe(`${error}the upstream has not ended its answer`);
  });

  test("may be waited for without end", async () => {
    const upstream = () =>
      new Promise<Response>((resolve) => setTimeout(resolve, 120, new Response("late")));
    expect(await waitsFor("", { upstream, deadlineMs: 0 })).toBe("late");
  });
});
