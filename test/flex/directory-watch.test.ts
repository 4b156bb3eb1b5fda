/** When is a change read? Only once nothing has changed for a moment: a file that comes in pieces is read whole, and once. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  DirectoryWatch,
  directorySignature,
} from "../../host-sim/src/flex/runtime/directory-watch.ts";
import { eventually } from "../support/deadline.ts";

test("a file that comes in pieces is read whole, and once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "watch-"));
  const file = join(folder, "binding.yaml");
  const read: string[] = [];
  const options = {
    ...{ folder, otherFiles: () => [] },
    // Longer than a busy machine is late with a timer.
    settleMs: 2_000,
    onChange: () => Promise.resolve(void read.push(readFileSync(file, "utf8"))),
  };
  const watch = new DirectoryWatch(options, directorySignature(folder, []));
  onTestFinished(() => {
    watch.close();
    rmSync(folder, { recursive: true });
  });
  writeFileSync(file, "a: ");
  setTimeout(() => writeFileSync(file, "a: [1, "), 20);
  setTimeout(() => writeFileSync(file, "a: [1, 2]"), 40);
  await eventually("it is read", () => read.length > 0);
  expect(read).toEqual(["a: [1, 2]"]);
});
