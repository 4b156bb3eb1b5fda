/** Do 500 streams that are open at once keep apart, and is none left? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually, Gate } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import { carryOn } from "../support/ext-proc/processor.ts";

const config = { node_timeout_ms: 60_000, fallback_action: "block" };
describeEngines("a stream", { extProc: true, config }, (scene) => {
  test("is one of 500 that are open at once, each with its own verdict", async () => {
    const gate = new Gate();
    scene.processor.answerWith(async (told, stream) => {
      if (told.kind === "request_headers") await gate.opened;
      const isBad = stream.header(":path")!.startsWith("/bad");
      if (isBad && !stream.cancelled)
        stream.reply({ immediate_response: { status: { code: 418 } } });
      else if (!isBad) carryOn(told, stream);
    });
    const paths = Array.from({ length: 500 }, (_, i) => scene.path(i % 3 === 0 ? "bad" : "good"));
    const answers = paths.map((path) =>
      request(scene.gateway, { path, method: "POST", body: path }),
    );
    await eventually("all are open", () => scene.processor.open.length === 500, 15_000);
    expect(scene.upstream.requests).toEqual([]);
    gate.open();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses).toEqual(paths.map((path) => (path.startsWith("/bad") ? 418 : 200)));
    for (const path of paths) {
      expect(scene.upstream.find(path)?.start.toString()).toBe(
        path.startsWith("/bad") ? undefined : path,
      );
    }
    await eventually("no stream is open", () => scene.processor.open.length === 0);
    expect(await scene.gateway.metric("no_verdict.")).toBe(0);
  }, 40_000);
});
