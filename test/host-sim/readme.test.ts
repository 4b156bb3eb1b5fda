/** Do the examples of host-sim's README run, and does it name all that is public? */
import { transform } from "esbuild";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import * as hostSim from "../../host-sim/src/index.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../host-sim/src/index.ts";
import { compileModule } from "../support/assembly-script.ts";

const FOLDER = resolve(import.meta.dirname, "../../host-sim");
const README = readFileSync(join(FOLDER, "README.md"), "utf8");

let wasm: Uint8Array;
const open: Gateway[] = [];
beforeAll(
  async () => void (wasm = await compileModule("host-sim/modules/readme-filter", "release")),
);
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
});

async function gatewayWith(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await createGateway({ wasm, ...options });
  open.push(gateway);
  return gateway;
}

/** The example that has `part` in it. */
function example(part: string): string {
  const all = [...README.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
  const found = all.filter((code) => code.includes(part));
  expect(found, part).toHaveLength(1);
  return found[0]!;
}

/** Runs an example, with what it takes for given, and gives back what it has declared under `result`. */
async function run(
  code: string,
  given: Record<string, unknown>,
  result = "undefined",
): Promise<unknown> {
  const body = `${code.replaceAll(/^import .*$/gm, "")}\nreturn ${result};`;
  const script = await transform(`async function example() {${body}}`, { loader: "ts" });
  const scope = { ...hostSim, expect, wasm, ...given };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the README's code is ours
  const make = new Function(...Object.keys(scope), `${script.code}\nreturn example();`) as (
    ...values: unknown[]
  ) => Promise<unknown>;
  return make(...Object.values(scope));
}

test("the first test runs as it stands", async () => {
  const code = example("hello, $").replace('"build/filter.wasm"', "wasm");
  await run(code, {});
});

test("fetch takes what it says", async () => {
  const gateway = await gatewayWith({ allowOnHeadersStopIteration: true });
  await run(example("chunkSize: 1000"), { gateway });
  const [received] = gateway.upstreamRequests;
  expect(received?.body.length).toBe(100_000);
  expect(received?.headers.get("x-odd")).toBe("\xff");
  expect(received?.trailers?.get("checksum")).toBe("abc");
});

test("a stream can be driven step by step", async () => {
  const gateway = await gatewayWith({ bufferLimit: 4, allowOnHeadersStopIteration: true });
  await run(example("gateway.openStream"), { gateway });
});

test("a clock can be moved", async () => {
  const gateway = await run(example("new ManualClock()"), {}, "gateway");
  open.push(gateway as Gateway);
});

test("a cluster can be made by hand", async () => {
  const resetting = await run(example("const resetting"), {}, "resetting");
  const gateway = await gatewayWith({ clusters: { auth: resetting as hostSim.Cluster } });
  expect((await gateway.fetch("/")).status).toBe(200);
  expect(gateway.calls[0]).toMatchObject({ outcome: "made", status: 503 });
});

test.each(Object.keys(hostSim))("%s is named", (name) => {
  expect(README).toContain(name);
});

test("every code of an error is named", () => {
  const codes = Object.values(hostSim.errorCodes).filter((code) => !README.includes(`\`${code}\``));
  expect(codes).toEqual([]);
});
