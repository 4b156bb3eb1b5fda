/** What is one fault of the matrix? A node that does wrong, or a way to it that leads nowhere. What comes of it: oracle.ts. */
import type { ClusterOptions } from "../../support/gateway-options.ts";

export interface Fault<Node> {
  readonly name: string;
  readonly node?: Node;
  /** Of the way to the node: beside its port, or no cluster at all. */
  readonly cluster?: (port: number) => Partial<ClusterOptions> | undefined;
  /** Only time tells: these get a short node_timeout_ms, all others a long one, so that a busy machine changes nothing. */
  readonly waits?: true;
  /** Only time tells after something has gone well, which takes its time on a busy machine. */
  readonly waitsLater?: true;
}

const wanted = process.env.FAULTS?.split(",");

/** `FAULTS=silent,refused` plays these alone. */
export const isWanted = ({ name }: Fault<unknown>): boolean =>
  wanted === undefined || wanted.includes(name);
