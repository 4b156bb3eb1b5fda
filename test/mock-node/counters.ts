/** What does the node's `/metrics` say of one counter? */
import type { MockNode } from "../../host-sim/src/mock-node/index.ts";

export async function counter(
  node: MockNode,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  for (const line of (await node.metrics()).split("\n")) {
    const [, found, shown = "", value] =
      /^wallarm_gonode_(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (found === name && wanted.every((label) => shown.split(",").includes(label)))
      return Number(value);
  }
  return NaN;
}
