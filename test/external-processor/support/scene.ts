/** A mock node, an upstream and an Envoy with its native filter between them, for the tests of one describe block. */
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import {
  createMockNode,
  type MessageEntry,
  type MockNode,
} from "../../../host-sim/src/mock-node/index.ts";
import { Upstream } from "../../support/upstream.ts";
import { envoyBinary, startNativeEnvoy } from "./native-envoy.ts";
import type { NativeEnvoy, NativeFilterOptions } from "./native-envoy.ts";

export interface NativeSceneOptions {
  /** Over mode and `wallarm_mode: block`. */
  readonly node?: object;
  readonly envoy?: Partial<NativeFilterOptions>;
}

export class NativeScene {
  node!: MockNode;
  upstream!: Upstream;
  envoy!: NativeEnvoy;

  async start({ node, envoy }: NativeSceneOptions): Promise<void> {
    this.node = await startNode(node);
    this.upstream = await Upstream.start();
    const { url: upstream } = this.upstream;
    this.envoy = await startNativeEnvoy({ processor: this.node.url, upstream, ...envoy });
  }

  async stop(): Promise<void> {
    await Promise.all([this.envoy?.stop(), this.node?.close(), this.upstream?.stop()]);
  }
}

export function startNode(config: object = {}): Promise<MockNode> {
  const route_config = { wallarm_mode: "block" };
  return createMockNode({ mode: "envoy-external-filter", route_config, ...config });
}

export function describeNative(
  title: string,
  options: NativeSceneOptions,
  body: (scene: NativeScene) => void,
): void {
  const reason = envoyBinary ? "" : ` (left out: ${process.env.ENVOY_MISSING ?? "no Envoy"})`;
  describe.skipIf(!envoyBinary)(`${title}${reason}`, () => {
    const scene = new NativeScene();
    beforeAll(() => scene.start(options));
    afterAll(() => scene.stop());
    beforeEach(async () => {
      scene.upstream.reset();
      scene.node.journal.clear();
      await scene.node.setFaults([]);
    });
    body(scene);
  });
}

/** By its path: the response of an earlier test may come late. */
export const responseTo = (scene: NativeScene, path: string): Promise<MessageEntry> =>
  scene.node.journal.waitForMessage((one) => one.type === "response" && one.path === path);
