// Does ordinary traffic pass?

import { describe, expect, it } from "vitest";
import { inspect } from "../../host-sim/src/mock-node/detection/index.ts";
import { ordinaryValues } from "./support/corpus.ts";
import { ordinaryRequests, TEMPLATES } from "./support/ordinary-requests.ts";
import { json, percent, request } from "./support/requests.ts";

const told = (found: ReturnType<typeof inspect>): string[] =>
  found.map(({ explanation }) => explanation);

describe("ordinary traffic", () => {
  it("of each template raises no more than one false alarm in three hundred requests", () => {
    const requests = ordinaryRequests(20_261_122, 3000);
    expect(new Set(requests.map(({ about }) => about)).size).toBe(Object.keys(TEMPLATES).length);
    const alarms = requests.flatMap(({ about, request: each }) =>
      told(inspect(each))
        .slice(0, 1)
        .map((explanation) => `${about}: ${explanation}`),
    );
    expect(alarms.length, alarms.slice(0, 20).join("\n")).toBeLessThanOrEqual(10);
  });

  for (const [group, values] of Object.entries(ordinaryValues())) {
    if (group === "userAgents" || group === "cookies") continue;
    it(`with hard values passes: ${group}`, () => {
      const alarms = values.flatMap((value) => [
        ...told(inspect(json({ comment: value }))),
        // Source code and relative paths are no ordinary search.
        ...(group === "code" ? [] : told(inspect(request(`/search?q=${percent(value)}`)))),
      ]);
      expect(alarms).toEqual([]);
    });
  }

  it("with headers of browsers and tools passes", () => {
    const { userAgents = [], cookies = [] } = ordinaryValues();
    expect(
      userAgents.flatMap((value) => told(inspect(request("/", [["user-agent", value]])))),
    ).toEqual([]);
    expect(cookies.flatMap((value) => told(inspect(request("/", [["cookie", value]]))))).toEqual(
      [],
    );
  });
});
