/** How does a command end that failed? Whose mistake it was decides on the status, and on what is shown. */
import { afterEach, expect, test, vi } from "vitest";
import { failureOf } from "../../host-sim/src/cli/failure.ts";
import { UserError } from "../../host-sim/src/cli/user-error.ts";

afterEach(() => vi.unstubAllEnvs());

test("a user's mistake is one line and status 2", () => {
  const told = failureOf(new UserError("--listen x:\n  no"));
  expect(told).toEqual({ line: "host-sim: --listen x: no", status: 2 });
});

test("an error of our own is one line that says how to report it, and status 1", () => {
  const { line, status } = failureOf(new TypeError("x is undefined\n  of y"));
  expect(status).toBe(1);
  expect(line).toMatch(/^host-sim: internal error: x is undefined of y; .*HOST_SIM_DEBUG=1/);
  expect(line).not.toContain("\n");
});

test("its stack is shown with HOST_SIM_DEBUG=1 alone", () => {
  vi.stubEnv("HOST_SIM_DEBUG", "1");
  expect(failureOf(new Error("broken")).line).toMatch(/\n\s+at /);
});
