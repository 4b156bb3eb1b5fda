/** How does a test call the policy's own functions? By name, through the same door as those of the SDK. */
import { Sdk } from "../../as-proxy-wasm/support/sdk.ts";
import { compileModule, type Flavour } from "../../support/assembly-script.ts";

/** `debug` keeps AssemblyScript's checks, so that a slip traps. */
export async function loadPolicyModule(flavour: Flavour = "debug"): Promise<Sdk> {
  const sdk = Sdk.of(await compileModule("policy/modules/policy", flavour));
  sdk.host.answer("proxy_get_property", { status: 1 });
  return sdk;
}
