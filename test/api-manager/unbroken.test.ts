/** Is what has begun brought to its end when somebody presses Ctrl-C? */
import { expect, it } from "vitest";
import { unbroken } from "../../anypoint/src/api-manager/unbroken.ts";
import type { Progress } from "../../anypoint/src/progress.ts";

const said: string[] = [];
const progress = { say: (line: string) => void said.push(line) } as unknown as Progress;

it("ends the step first, then stops with a line that says so", async () => {
  let done = false;
  const others: string[] = [];
  const note = (): void => void others.push("another listener");
  process.on("SIGINT", note);
  const work = unbroken(progress, "This upgrade", async () => {
    process.emit("SIGINT");
    process.emit("SIGINT");
    await Promise.resolve();
    done = true;
  });
  await expect(work).rejects.toMatchObject({
    kind: "interrupted",
    message: "interrupted; This upgrade was done, nothing after it",
  });
  expect(done).toBe(true);
  expect(said).toEqual(["This upgrade is ended first, so that nothing is left half done ..."]);
  expect(others).toEqual([]);
  process.emit("SIGINT");
  expect(others).toEqual(["another listener"]);
  process.off("SIGINT", note);
});

it("gives back what the work gave, where nobody interrupts", async () => {
  expect(await unbroken(progress, "This", () => Promise.resolve(7))).toBe(7);
});
