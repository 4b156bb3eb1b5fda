import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Every test has a deadline, so that a hang is a failure with a name.
    testTimeout: 20_000,
    hookTimeout: 60_000,
    globalSetup: ["test/support/global-setup.ts"],
    maxWorkers: 2,
  },
});
