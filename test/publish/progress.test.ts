/** Is whatever takes over two seconds told of while it lasts, and what is quick not? */
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createProgress } from "../../anypoint/src/progress.ts";
import { Secrets } from "../../anypoint/src/secrets.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  const said: string[] = [];
  stream.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const secrets = new Secrets({ ANYPOINT_PASSWORD: "hidden-word" });
  return { said, progress: createProgress(secrets, stream, stream) };
}

const lasting = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

it("tells of slow reading only", async () => {
  const { said, progress } = setUp();
  const quick = progress.ifSlow("Reading", () => lasting(1900));
  await vi.advanceTimersByTimeAsync(1900);
  await quick;
  expect(said).toEqual([]);
  const slow = progress.ifSlow("Reading with hidden-word", () => lasting(2100));
  await vi.advanceTimersByTimeAsync(2100);
  await slow;
  expect(said).toEqual(["Reading with *** ...\n", "Reading with ***: done in 2.1 s\n"]);
});

it("tells how long slow reading takes while it lasts", async () => {
  const { said, progress } = setUp();
  const slow = progress.ifSlow("Reading", () => lasting(13_000));
  await vi.advanceTimersByTimeAsync(13_000);
  await slow;
  expect(said).toEqual(["Reading ...\n", "Reading ... 12.0 s\n", "Reading: done in 13.0 s\n"]);
});

it("tells of a step when it begins, every ten seconds, and when it is done", async () => {
  const { said, progress } = setUp();
  const step = progress.step("Publishing", () => lasting(21_000));
  await vi.advanceTimersByTimeAsync(21_000);
  await step;
  expect(said).toEqual([
    "Publishing ...\n",
    "Publishing ... 10.0 s\n",
    "Publishing ... 20.0 s\n",
    "Publishing: done in 21.0 s\n",
  ]);
});
