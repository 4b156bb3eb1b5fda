/** Is what came of a change found out, where the platform fails, is cut off or is late after it has done it, or before? */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../host-sim/src/anypoint/index.ts";
import { errorLines, type Ended } from "../publish/support/workshop.ts";
import { Scene } from "./support/scene.ts";

let scene: Scene;
const CONFIG = "policy.yaml";

beforeAll(async () => {
  scene = await Scene.open("0.1.0", "0.2.0");
}, 90_000);
beforeEach(async () => {
  scene.anypoint.setFaults([]);
  for (const { id } of await scene.automated()) {
    await scene.client.call("DELETE", `${scene.client.automated}/${id}`);
  }
});
afterAll(() => scene.close());

let port = 8900;
const manage = async (): Promise<string> =>
  String(await scene.client.manage(`api-${port}`, port++));
const ours = async (API: string) => (await scene.policies(Number(API)))[0];

interface Change {
  readonly command: string;
  readonly variables: Record<string, string>;
  readonly method: string;
  /** What is there before it. */
  readonly before: (API: string) => Promise<unknown>;
  readonly isDone: (API: string) => Promise<boolean>;
  readonly path?: string;
}

const own = (API: string): Promise<unknown> => scene.apply(Number(API), "0.1.0");
const changes: Record<string, Change> = {
  apply: {
    ...{ command: "apply", variables: { CONFIG }, method: "POST" },
    before: () => Promise.resolve(),
    isDone: async (API) => (await ours(API)) !== undefined,
  },
  "a step": {
    ...{ command: "apply", variables: { ROLLOUT: "block" }, method: "PATCH", before: own },
    isDone: async (API) => (await ours(API))!.configurationData.fallback_action === "block",
  },
  upgrade: {
    ...{ command: "upgrade", variables: {}, method: "PATCH", before: own },
    isDone: async (API) => (await ours(API))!.assetVersion === "0.2.0",
  },
  remove: {
    ...{ command: "remove", variables: {}, method: "DELETE", before: own },
    isDone: async (API) => (await ours(API)) === undefined,
  },
  automate: {
    ...{ command: "automate", variables: { CONFIG, ENV: "Sandbox" }, method: "POST" },
    ...{ path: "/automated-policies", before: () => Promise.resolve() },
    isDone: async () => (await scene.automated()).length === 1,
  },
};
const outcomes: [string, Fault["kind"], boolean][] = [
  ["done, and answered 500", "done-status", true],
  ["done, and cut off", "done-drop", true],
  ["not done, and answered 500", "status", false],
];
const all = Object.keys(changes).flatMap((name) =>
  outcomes.map(([text, kind, isDone]) => [name, text, kind, isDone] as const),
);

/** With the API, of which `automate` wants nothing. */
async function run({ command, variables }: Change, API: string): Promise<Ended> {
  return scene.run(command, command === "automate" ? variables : { API, ...variables });
}

describe("a change whose answer is unclear", { timeout: 120_000 }, () => {
  it.each(all)("%s, %s, is told as what it is", async (name, _, kind, isDone) => {
    const change = changes[name]!;
    const API = await manage();
    await change.before(API);
    const { method, path = "/policies" } = change;
    scene.anypoint.setFaults([{ kind, method, path, status: 500, message: "Out of order" }]);
    const ended = await run(change, API);
    expect(await change.isDone(API)).toBe(isDone);
    expect(ended.stdout + ended.stderr).not.toContain("refuses");
    if (isDone) {
      expect([ended.status, errorLines(ended)]).toEqual([0, []]);
      expect(ended.stderr).toContain("Note: it was done, though this was answered on the way:");
    } else {
      expect(ended.status).toBe(6);
      expect(errorLines(ended)[0]).toMatch(/the platform failed .*Nothing was changed by this$/);
    }
  });

  it("is left open where what is there can't be read", async () => {
    const API = await manage();
    await own(API);
    const path = `/apis/${API}/policies`;
    scene.anypoint.setFaults([
      { kind: "done-drop", method: "PATCH", path },
      { kind: "status", method: "GET", path, after: 1, times: 99, status: 503 },
    ]);
    const ended = await scene.run("upgrade", { API });
    expect(ended.status).toBe(7);
    const [line, more] = errorLines(ended);
    expect(line).toContain("was cut before an answer came");
    expect(more).toContain("Whether it was done all the same is not known: `make status` shows");
  });

  it("is not called undone where it may still be done, beyond the time limit", async () => {
    const API = await manage();
    await own(API);
    const delay = { kind: "delay", method: "PATCH", path: "/policies", delayMs: 20_000 } as const;
    scene.anypoint.setFaults([delay]);
    const ended = await scene.run("upgrade", { API, TIMEOUT: "4" });
    expect(ended.status).toBe(8);
    const [line, more] = errorLines(ended);
    expect(line).toMatch(/time limit of 4 s.*Nothing was changed by this so far$/);
    expect(more).toContain("may do it yet");
  });
});
