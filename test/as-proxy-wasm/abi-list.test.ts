/** Is every import and export spelled and typed as in ABI v0.2.1, and is nothing else asked of the host? */
import { beforeAll, expect, it } from "vitest";
import { compileModule } from "../support/assembly-script.ts";
import { CALLBACKS, HOSTCALLS } from "./support/hostcalls.ts";
import { functionsOf, type WasmFunctions } from "./support/wasm-types.ts";

let functions: WasmFunctions;
beforeAll(async () => {
  functions = functionsOf(await compileModule("as-proxy-wasm/modules/functions", "debug"));
});

it("imports each hostcall of the specification with its type, and nothing but random_get beside", () => {
  const expected = new Map<string, string>([
    ["wasi_snapshot_preview1.random_get", "(i32 i32) i32"],
  ]);
  for (const [name, parameters] of Object.entries(HOSTCALLS)) {
    const types = parameters.flatMap((kind) => {
      if (kind === "i64") return ["i64"];
      return kind === "bytes" || kind === "out-bytes" ? ["i32", "i32"] : ["i32"];
    });
    expected.set(`env.${name}`, `(${types.join(" ")}) i32`);
  }
  expect(Object.fromEntries([...functions.imports].sort())).toEqual(
    Object.fromEntries([...expected].sort()),
  );
});

it("exports each callback of the specification with its type", () => {
  const names = [...functions.exports.keys()].filter((name) => name.startsWith("proxy_"));
  expect(names.sort()).toEqual(Object.keys(CALLBACKS).sort());
  for (const [name, [parameters, result]] of Object.entries(CALLBACKS)) {
    const type = `(${Array(parameters).fill("i32").join(" ")})${result ? " i32" : ""}`;
    expect([name, functions.exports.get(name)]).toEqual([name, type]);
  }
});

it("exports the Flex ABI with its types", () => {
  expect(functions.exports.get("flex_abi_version_0_1_0")).toBe("()");
  expect(functions.exports.get("flex_on_policy_initialize")).toBe("() i32");
});
