import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Every test has a deadline, so that a hang is a failure with a name.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    globalSetup: ["test/support/global-setup.ts"],
    maxWorkers: 2,
  },
});
