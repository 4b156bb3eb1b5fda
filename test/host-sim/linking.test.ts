/** Which modules does the simulator refuse, and in which words? Each by a code of a closed list, in one line. */
import { describe, expect, test } from "vitest";
import { createGateway, SimulatorError } from "../../host-sim/src/index.ts";
import { assemble, guestText } from "./support/guest.ts";

async function refusal(wasm: string | Uint8Array): Promise<SimulatorError> {
  const started = createGateway({ wasm }).then(
    () => new Error("it was not refused"),
    (error: unknown) => error,
  );
  const error = await started;
  expect(error).toBeInstanceOf(SimulatorError);
  expect((error as Error).message).not.toContain("\n");
  return error as SimulatorError;
}

const log = '(import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))';

describe("a module that can't be run is refused", () => {
  test.each([
    ["unreadable", "/nowhere/filter.wasm", /can't read the module \/nowhere\/filter\.wasm/],
    ["not-wasm", new TextEncoder().encode("hello"), /is not a WebAssembly module/],
    ["not-proxy-wasm", "(module)", /exports no proxy_abi_version_\*/],
    [
      "not-proxy-wasm",
      '(module (func (export "proxy_abi_version_0_3_0")))',
      /exports proxy_abi_version_0_3_0/,
    ],
    ["missing-export", '(module (func (export "proxy_abi_version_0_2_1")))', /no memory/],
    [
      "missing-export",
      '(module (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1")))',
      /no allocator/,
    ],
    [
      "unknown-import",
      guestText('(import "env" "seed" (func (result f64)))'),
      /imports env\.seed \(func\)/,
    ],
    ["unknown-import", guestText('(import "other" "x" (func))'), /imports other\.x \(func\)/],
    ["unknown-import", guestText('(import "env" "g" (global i32))'), /imports env\.g \(global\)/],
    [
      "unknown-import",
      guestText('(import "env" "proxy_continue_request" (func (result i32)))'),
      /ABI 0\.2\.1/,
    ],
    [
      "unknown-import",
      guestText(
        '(import "env" "proxy_get_log_level" (func (param i32) (result i32)))',
        "",
        "0_2_0",
      ),
      /ABI 0\.2\.0/,
    ],
    ["unknown-import", guestText('(import "env" "toString" (func))'), /env\.toString/],
    [
      "import-mismatch",
      guestText('(import "env" "proxy_log" (func (param i32) (result i32)))'),
      /as \(i32\) -> \(i32\), but the host has \(i32, i32, i32\) -> \(i32\)/,
    ],
    [
      "export-mismatch",
      guestText("", '(func (export "proxy_on_tick"))'),
      /proxy_on_tick as \(\) -> \(\)/,
    ],
    [
      "start-failed",
      guestText("", '(func (export "_initialize") unreachable)'),
      /_initialize failed: Uncaught RuntimeError/,
    ],
    [
      "start-failed",
      guestText(
        '(import "env" "proxy_done" (func $f (result i32)))',
        '(func (export "_start") (drop (call $f)))',
      ),
      /restricted_callback/,
    ],
    [
      "vm-start-refused",
      guestText(
        "",
        '(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 0))',
      ),
      /proxy_on_vm_start/,
    ],
    [
      "configuration-refused",
      guestText(
        "",
        '(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0))',
      ),
      /proxy_on_configure/,
    ],
    [
      "configuration-refused",
      guestText(
        "",
        '(func (export "proxy_on_configure") (param i32 i32) (result i32) unreachable)',
      ),
      /proxy_on_configure failed: Function: proxy_on_configure failed: Uncaught/,
    ],
  ])("%s", async (code, module, message) => {
    const text = typeof module === "string" && module.startsWith("(");
    const error = await refusal(text ? assemble(module) : module);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

test("a module needs no callbacks at all", async () => {
  const gateway = await createGateway({ wasm: assemble(guestText(log)) });
  expect((await gateway.fetch("/")).status).toBe(200);
  await gateway.close();
});

test("ABI 0.1.0 gets headers callbacks without the end of the stream", async () => {
  const wat = guestText(
    "",
    '(func (export "proxy_on_request_headers") (param i32 i32) (result i32) (i32.const 0))',
    "0_1_0",
  );
  const gateway = await createGateway({ wasm: assemble(wat) });
  expect((await gateway.fetch("/")).status).toBe(200);
  await gateway.close();
});
