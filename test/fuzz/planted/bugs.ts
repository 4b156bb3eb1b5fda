/** Which bugs are planted, one at a time, to see whether the fuzzers find them? Each is a slip that somebody could make. */
export interface Bug {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

const REQUEST = "assembly/request";
const INSPECTION = `${REQUEST}/request-inspection.ts`;
const FILTER = "assembly/http-filter.ts";
const CONNECTOR = "assembly/node/connector";
const EXT_PROC = "assembly/node/ext-proc";

export const BUGS: readonly Bug[] = [
  {
    name: "released-before-verdict",
    file: FILTER,
    from: "if (inspection.goesOn) return FilterHeadersStatus.Continue;",
    to: "if (endOfStream || inspection.goesOn) return FilterHeadersStatus.Continue;",
  },
  {
    name: "continue-after-local-reply",
    file: INSPECTION,
    from: "this.stream.refuse(this.refusal, this.answer);",
    to: "this.stream.refuse(this.refusal, this.answer); this.stream.resumeRequest();",
  },
  {
    name: "forgotten-resume",
    file: INSPECTION,
    from: "    if (action == HoldAction.Continue) this.release();\n    else if",
    to: "    if",
  },
  {
    name: "trap-on-a-long-length",
    file: `${CONNECTOR}/verdict.ts`,
    from: 'let names = "";',
    to: 'let names = new Array<string>(count).join("");',
  },
  {
    name: "part-one-byte-too-long",
    file: "assembly/request/request-parts.ts",
    from: "min(this.unasked, u64(limit));",
    to: "min(this.unasked, u64(limit) + 1);",
  },
  {
    name: "wrong-id-accepted",
    file: "assembly/request-id.ts",
    from: "return this.high == high && this.low == low;",
    to: "return this.high == high;",
  },
  {
    name: "double-answer-counted",
    file: `${CONNECTOR}/connector-transport.ts`,
    from: "const pending = this.waiting.take(token);",
    to: "const pending = this.waiting.find(token);",
  },
  {
    name: "held-in-async-mode",
    file: FILTER,
    from: "this.forgetHead();\n      return FilterHeadersStatus.Continue;",
    to: "this.forgetHead();\n      return this.kind == RequestKind.Stream ? FilterHeadersStatus.StopIteration : FilterHeadersStatus.Continue;",
  },
  {
    name: "pending-entry-leaked",
    file: `${EXT_PROC}/ext-proc-transport.ts`,
    from: "    this.forget(stream);\n    // A clean end has",
    to: "    // A clean end has",
  },
  {
    name: "header-dropped",
    file: `${CONNECTOR}/message.ts`,
    from: "if (pairs.nameIsPseudo(i)) continue;",
    to: "if (i <= pairs.pseudoCount) continue;",
  },
  {
    name: "overlong-utf-8-accepted",
    file: "as-proxy-wasm/assembly/bytes/utf8.ts",
    from: "lead < 0xc2 ? 0",
    to: "lead < 0xc0 ? 0",
  },
  {
    name: "deadline-not-armed",
    file: "assembly/node/desk.ts",
    from: "    this.timers.arm();\n    this.send(question);",
    to: "    this.send(question);",
  },
  {
    name: "fallback-action-ignored-after-time-out",
    file: INSPECTION,
    from: "decide(reply, config.fallbackAction, config.unjudgedAction);",
    to: "reply.outcome == Outcome.TimedOut ? Decision.LetThrough : decide(reply, config.fallbackAction, config.unjudgedAction);",
  },
  {
    name: "cut-message-accepted",
    file: `${EXT_PROC}/protobuf-reader.ts`,
    from: "return length <= u64(u32.MAX_VALUE) && this.skip(this.number);",
    to: "this.skip(this.number);\n      return true;",
  },
  {
    name: "part-released-twice",
    file: `${REQUEST}/body-store.ts`,
    from: "    this.staged = end;\n    return this.held.appendToHost",
    to: "    return this.held.appendToHost",
  },
  {
    name: "cell-of-the-hold-table-changed",
    file: `${REQUEST}/hold-table.ts`,
    from: "  // Staged\n  HoldAction.Copy, HoldState.Staged,",
    to: "  // Staged\n  HoldAction.Copy, HoldState.Flowing,",
  },
  {
    name: "unjudged-action-ignored",
    file: "assembly/failure-mode.ts",
    from: "const action = reply.isAway ? fallback : unjudged;",
    to: "const action = fallback;",
  },
  {
    name: "missing-canary-taken-for-life",
    file: "assembly/node/evidence.ts",
    from: "else this.missed = max(this.missed, this.canary);",
    to: "else this.noteVerdict(this.canary);",
  },
  {
    name: "memory-never-given-back",
    file: "assembly/ledger.ts",
    from: "    this.held -= bytes;\n",
    to: "",
  },
  {
    name: "message-not-taken-passes",
    file: `${EXT_PROC}/ext-proc-conversation.ts`,
    from: "stream.isSatisfied ? Outcome.Pass : Outcome.ConnectionLost",
    to: "Outcome.Pass",
  },
  {
    name: "gone-client-asked-about",
    file: "assembly/node/desk.ts",
    from: "    if (question.conversation!.isOver) question.onReply(reply);\n    else if (node",
    to: "    if (node",
  },
  {
    name: "unasked-refusal-lost",
    file: `${EXT_PROC}/processor-stream.ts`,
    from: "if (within !== null &&",
    to: "if (question !== null &&",
  },
  {
    name: "unread-chunk-shifts-the-body",
    file: `${REQUEST}/hold.ts`,
    from: "    this.body.clear();\n    return Chunk.Unread;",
    to: "    return Chunk.Unread;",
  },
];
