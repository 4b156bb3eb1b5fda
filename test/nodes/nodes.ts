/** How does a scenario watch nodes that go and come back? With `fallback_action: block` a request that is judged gets 200, another 403. */
import { request } from "../support/client.ts";
import type { Response } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import type { TestNode } from "../support/node/test-node.ts";
import type { Scene } from "../support/scene.ts";

export const get = (scene: Scene<TestNode>): Promise<Response> =>
  request(scene.gateway, { path: scene.path() });

export const judged = async (scene: Scene<TestNode>): Promise<boolean> =>
  (await get(scene)).status === 200;

export const deaths = (scene: Scene<TestNode>): string[] => scene.logged("is taken as dead");
export const returns = (scene: Scene<TestNode>): string[] => scene.logged(" is back");

/** Asks until the policy takes a node as dead that is gone. */
export async function untilDead(scene: Scene<TestNode>): Promise<void> {
  const before = deaths(scene).length;
  await eventually("a node is taken as dead", async () => {
    await get(scene);
    return deaths(scene).length > before;
  });
}
