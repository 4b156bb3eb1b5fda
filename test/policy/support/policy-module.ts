/** How does a test call the policy's own functions? By name, through the same door as those of the SDK. */
import { join } from "node:path";
import { compileModule, type Flavour } from "../../as-proxy-wasm/support/compile.ts";
import { Sdk } from "../../as-proxy-wasm/support/sdk.ts";

const MODULES = join(import.meta.dirname, "../modules");

/** `debug` keeps AssemblyScript's checks, so that a slip traps. */
export async function loadPolicyModule(flavour: Flavour = "debug"): Promise<Sdk> {
  const sdk = Sdk.of(await compileModule("policy", flavour, MODULES));
  sdk.host.answer("proxy_get_property", { status: 1 });
  return sdk;
}
