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
  /** The node, or what the gateway may ask of it at a time, was full for as long as the question could wait. */
  Overloaded,
  /** The node has not got the parts before, and they are not held any more. */
  PartsMissing,
  /** The gateway does not give what was to be asked about. */
  Unread,
}

export const OUTCOME_COUNT: i32 = Outcome.Unread + 1;

/** It looks as if no node were there. Whether that is so is another question: a client can have caused it (see Canary). */
export function looksAway(outcome: Outcome): bool {
  switch (outcome) {
    case Outcome.CallRefused:
    case Outcome.Unreachable:
    case Outcome.TimedOut:
    case Outcome.ConnectionLost:
    case Outcome.NotANode:
    case Outcome.NodeDead:
      return true;
    default:
      return false;
  }
}

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
    case Outcome.Overloaded:
      return "overloaded";
    case Outcome.PartsMissing:
      return "earlier parts missing";
    case Outcome.Unread:
      return "not readable";
    default:
      return "node dead";
  }
}
