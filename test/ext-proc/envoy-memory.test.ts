/** Is Envoy's memory back where it was after very many streams? Takes minutes: `STREAMS=100000 npx vitest run test/ext-proc/envoy-memory` */
import { Agent, request } from "node:http";
import { expect, test } from "vitest";
import { describeEngines } from "../support/engines.ts";
import type { Scene } from "../support/scene.ts";

const STREAMS = Number(process.env.STREAMS ?? 0);
const reason = STREAMS > 0 ? "" : " [left out: it takes minutes, STREAMS=100000 runs it]";
const WARM = 5000;
const BATCH = 5000;

function get(scene: Scene, agent: Agent): Promise<number | undefined> {
  const { host, port } = scene.gateway;
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path: "/orders?id=7", agent }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    sent.on("error", reject).end();
  });
}

async function serve(scene: Scene, agent: Agent, count: number): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    let left = BATCH;
    const client = async (): Promise<void> => {
      while (left-- > 0) expect(await get(scene, agent)).toBe(200);
    };
    await Promise.all(Array.from({ length: 32 }, client));
    scene.reset();
  }
}

const config = { node_timeout_ms: 10_000, fallback_action: "block" };
describeEngines("very many streams", { extProc: true, config, needs: ["own process"] }, (scene) => {
  test.skipIf(STREAMS === 0)(
    `leave no memory behind${reason}`,
    async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 32 });
      await serve(scene, agent, WARM);
      const before = scene.gateway.residentBytes();
      await serve(scene, agent, STREAMS);
      const grown = scene.gateway.residentBytes() - before;
      agent.destroy();
      console.log(`${before} bytes before, ${grown} more after ${STREAMS} streams`);
      expect(grown).toBeLessThan(2_000_000);
    },
    1_200_000,
  );
});
