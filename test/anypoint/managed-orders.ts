/** What do questions about refusals begin with? A stand-in of their own, a published policy, and an API that is managed. */
import { createAnypoint } from "../../host-sim/src/anypoint/index.ts";
import { PlatformClient } from "./platform-client.ts";

export interface ManagedOrders {
  readonly client: PlatformClient;
  /** Id of the API. */
  readonly api: number;
  readonly close: () => Promise<void>;
}

export async function manageOrders(): Promise<ManagedOrders> {
  const anypoint = await createAnypoint({ publicationDelayMs: 0 });
  const client = await PlatformClient.login(anypoint);
  await client.publishPolicy();
  const api = await client.manage("orders", 8081);
  const close = async (): Promise<void> => {
    await client.close();
    await anypoint.close();
  };
  return { client, api, close };
}
