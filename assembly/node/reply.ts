// What has become of a question to a node? Its outcome, and what people or the client are to learn of it.
import { SerializedPairs } from "as-proxy-wasm";
import { Outcome } from "./outcome";

/** An answer that the node itself has made for the client of a blocked request. */
export class ClientAnswer {
  status: u32 = 200;
  details: string = "";
  headers: SerializedPairs = new SerializedPairs();
  body: ArrayBuffer | null = null;
  /** -1: none. */
  grpcStatus: i32 = -1;
}

export class Reply {
  /** Null: the client gets the policy's own answer. */
  answer: ClientAnswer | null = null;
  /** Sure: no node has seen the message. */
  isUnseen: bool = false;
  /** The gateway had no room for the call: that says nothing of the node. */
  isGateways: bool = false;
  /** No node can be reached. False: a node lives, and this message has no verdict of it. */
  isAway: bool = false;

  constructor(
    readonly outcome: Outcome,
    /** Attack types that the node found, comma separated, or why there is no verdict. */
    readonly detail: string = "",
  ) {}

  get isVerdict(): bool {
    return this.outcome == Outcome.Pass || this.outcome == Outcome.Block;
  }

  /** No node can be reached: `fallback_action` decides. */
  away(): Reply {
    this.isAway = true;
    return this;
  }
}
