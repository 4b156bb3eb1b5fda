/**
 * Is nothing found in a minute? Each target runs for a fixed number of inputs from a fixed seed, so that a run is repeatable; FUZZ_SEED
 * chooses another. `make fuzz` goes on for as long as wanted.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { POLICY_WASM } from "../support/scene.ts";
import { fuzz } from "./run/loop.ts";
import { TARGETS } from "./targets/all.ts";

const SEED = Number(process.env.FUZZ_SEED ?? 20261122);

let module: WebAssembly.Module;
beforeAll(() => {
  module = new WebAssembly.Module(readFileSync(POLICY_WASM));
});

describe(`the compiled policy, seed ${SEED}`, () => {
  it.each(TARGETS)(
    "does right by $name: $about",
    (target) => {
      const { inputs, find } = fuzz(module, target, SEED, { inputs: target.inputsInCi });
      expect(find?.message ?? null, `make fuzz TARGET=${target.name} SEED=${SEED}`).toBeNull();
      expect(inputs).toBe(target.inputsInCi);
    },
    120_000,
  );
});
