// What can become of a question to a node? A verdict (Pass, Block), or one of the reasons for having none.

export enum Outcome {
  Pass,
  Block,
  /** The host refused the call at once: no cluster, no host, circuit breaker. */
  CallRefused,
  /** The gateway answered in the node's place: nothing listens there, or it hung up before answering. */
  Unreachable,
  /** No answer within node_timeout_ms. */
  TimedOut,
  /** The connection broke in the middle of an answer, or the answer did not fit. */
  ConnectionLost,
  /** An answer without the node's header: something else answers at its address. */
  NotANode,
  /** 5xx of the node itself. */
  NodeError,
  /** 415: the node does not serve this host. */
  HostNotServed,
  /** Another status of the node itself that is not 200. */
  Rejected,
  /** 200, but not what the contract says. */
  Malformed,
  /** 200, larger than any answer of a node. */
  TooLarge,
  /** A well-formed answer without a verdict for what was asked, or with two that differ. */
  Unanswered,
  /** The node says that it could not judge this message. */
  Undecided,
  /** Not asked: it is known to be dead. */
  NodeDead,
}

export const OUTCOME_COUNT: i32 = Outcome.NodeDead + 1;

/** What people see in logs; metric names are made from it too. */
export function outcomeName(outcome: Outcome): string {
  switch (outcome) {
    case Outcome.Pass:
      return "pass";
    case Outcome.Block:
      return "block";
    case Outcome.CallRefused:
      return "call refused";
    case Outcome.Unreachable:
      return "node unreachable";
    case Outcome.TimedOut:
      return "timed out";
    case Outcome.ConnectionLost:
      return "connection lost";
    case Outcome.NotANode:
      return "not a node";
    case Outcome.NodeError:
      return "node error";
    case Outcome.HostNotServed:
      return "host not served";
    case Outcome.Rejected:
      return "rejected by node";
    case Outcome.Malformed:
      return "malformed answer";
    case Outcome.TooLarge:
      return "answer too large";
    case Outcome.Unanswered:
      return "no verdict in answer";
    case Outcome.Undecided:
      return "undecided by node";
    default:
      return "node dead";
  }
}
