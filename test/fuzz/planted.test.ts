/** Do the fuzzers find bugs? Two are planted here; `make fuzz-planted` plants all of the list, which takes minutes to compile. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { BUGS } from "./planted/bugs.ts";
import { buildVariant, planted } from "./planted/variant.ts";
import { fuzz } from "./run/loop.ts";
import { driver } from "./targets/driver.ts";

it("at least ten bugs are in the list, and each still has its place in the policy", () => {
  expect(BUGS.length).toBeGreaterThanOrEqual(10);
  for (const bug of BUGS) expect(planted(bug)).not.toBe("");
});

it.each(["forgotten-resume", "fallback-action-ignored-after-time-out"])(
  "%s is found by the driver within 3,000 inputs",
  (name) => {
    const bug = BUGS.find((each) => each.name === name)!;
    const module = new WebAssembly.Module(readFileSync(buildVariant(bug)));
    const { find } = fuzz(module, driver, 1, { inputs: 3000 });
    expect(find?.rule).toMatch(/^(held for ever|let go|head let go|body let go|end let go)/);
  },
  240_000,
);
