/** A gateway whose filter does as its configuration says, line by line (modules/probe.as.ts). It is closed when the test ends. */
import { onTestFinished } from "vitest";
import { createGateway, type Gateway, type GatewayOptions } from "../../../host-sim/src/index.ts";
import { compileModule } from "../../support/assembly-script.ts";

export async function open(options: GatewayOptions): Promise<Gateway> {
  const gateway = await createGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

export const probeModule = (): ReturnType<typeof compileModule> =>
  compileModule("host-sim/modules/probe", "bare");

export async function probe(
  script: readonly string[],
  options: GatewayOptions = {},
): Promise<Gateway> {
  const config = script.join("\n");
  const wasm = await probeModule();
  return open({ wasm, config, allowOnHeadersStopIteration: true, ...options });
}

export const said = (gateway: Gateway): string[] => gateway.logs.map(({ message }) => message);
