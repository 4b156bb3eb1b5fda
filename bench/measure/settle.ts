/** When has the node been told of all that a slice brought? And what of it never will be, for the policy had to drop it? */
import { eventually } from "../../test/support/deadline.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Counts } from "../peers/counts.ts";
import { since } from "../peers/peer.ts";
import type { Peer } from "../peers/peer.ts";
import type { Variant } from "../variants.ts";

export interface Told {
  readonly upstream: Counts;
  readonly node: Counts;
  /** Messages that the policy says it dropped. */
  readonly dropped: number;
}

export interface Peers {
  readonly upstream: Peer;
  readonly node: Peer;
}

/** Messages may leave in batches a while after their requests. */
const SETTLE_MS = 5_000;

export async function lookAt(peers: Peers, gateway: Gateway): Promise<Told> {
  return {
    upstream: await peers.upstream.counts(),
    node: await peers.node.counts(),
    dropped: await gateway.dropped(),
  };
}

/**
 * What came since `before`. Requests that were under way when clients left may be missing on either side: `slack`. Throws where
 * messages got lost and nobody counted them, or where the node did not understand one.
 */
export async function settled(
  peers: Peers,
  gateway: Gateway,
  variant: Variant,
  before: Told,
  slack: number,
): Promise<Told> {
  let told = before;
  const look = async (): Promise<boolean> => {
    const now = await lookAt(peers, gateway);
    told = {
      upstream: since(before.upstream, now.upstream),
      node: since(before.node, now.node),
      dropped: now.dropped - before.dropped,
    };
    return missing(variant, told) <= slack;
  };
  const isSettled = await eventually("told", look, SETTLE_MS).catch(() => false);
  if (!isSettled) {
    const { requests, responses } = told.node;
    const got = `${requests} requests and ${responses} responses`;
    throw new Error(`of ${told.upstream.requests} requests the node was told ${got}`);
  }
  if (told.node.errors > 0)
    throw new Error(`the node did not understand ${told.node.errors} messages`);
  return told;
}

/**
 * Messages that neither the node has got nor the policy has counted as dropped, of the kind that misses more: of a request
 * that is dropped, the response is not told either, and not counted.
 */
function missing(variant: Variant, told: Told): number {
  const served = told.upstream.requests;
  const short = (wanted: 0 | 1, got: number): number => {
    const difference = wanted * served - got;
    return difference > 0 ? Math.max(difference - told.dropped, 0) : -difference;
  };
  const { requests, responses } = variant.tells;
  return Math.max(short(requests, told.node.requests), short(responses, told.node.responses));
}
