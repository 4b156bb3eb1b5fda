/** Do clients take turns, and who has to go when there is no room? */
import { describe, expect, it } from "vitest";
import { FairQueue } from "../../host-sim/src/mock-node/inspection/fair-queue.ts";

const taken = (queue: FairQueue<string>): string[] =>
  Array.from({ length: queue.size }, () => queue.shift()!);

describe("a queue of several clients", () => {
  it("lets them take turns, each in its own order", () => {
    const queue = new FairQueue<string>(100);
    for (const item of ["a1", "a2", "a3", "b1", "c1", "b2"]) queue.push(item[0]!, item);
    expect(taken(queue)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
    expect(queue.shift()).toBeUndefined();
  });

  it("drops the newest of whoever has most, when it is full", () => {
    const queue = new FairQueue<string>(4);
    for (const item of ["a1", "a2", "a3", "b1"]) expect(queue.push(item[0]!, item)).toBeUndefined();
    expect(queue.push("c", "c1")).toBe("a3");
    expect(queue.push("a", "a4")).toBe("a4");
    expect(taken(queue)).toEqual(["a1", "b1", "c1", "a2"]);
  });

  it("forgets what is removed", () => {
    const queue = new FairQueue<string>(4);
    for (const item of ["a1", "a2", "b1"]) queue.push(item[0]!, item);
    for (const item of ["a1", "b1", "x1"]) queue.remove(item[0]!, item);
    expect([queue.size, taken(queue)]).toEqual([1, ["a2"]]);
  });
});
