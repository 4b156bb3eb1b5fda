// How does a held request stand with the gateway, and what changes that? One table: for each state and event what is done, and
// the state after it. Why it is so, and what Envoy does in each case: docs/rationale.md, "Why is a body held to its end?". A test
// goes through all cells (test/policy/hold-table.test.ts).

export enum HoldState {
  /** The head is held; no byte of a body has come. */
  Head,
  /** Bytes are in the module. They can be put back in a callback of the body only. */
  Taken,
  /** Bytes are in the module, and those before them lie in the gateway, where they wait for their verdict. */
  Behind,
  /** Bytes are in the module, and the gateway's buffer is the stream's own: it can be written from any callback. */
  Open,
  /** All bytes that came, or that belong to the part asked about, lie in the gateway. */
  Staged,
  /** Something was released, and nothing is held: what comes next will be. */
  Flowing,
  /** It is to be let go for good with the next callback of the body: its bytes can't be put back before. */
  Leaving,
  /** Let go for good. */
  Released,
  /** Answered by us. */
  Refused,
  /** The stream is gone. */
  Gone,
}

export enum HoldEvent {
  /** A chunk that may stay in the gateway. */
  Leave,
  /** A chunk that is taken; the gateway reads on. */
  Take,
  /** A chunk that is taken, while the gateway's buffer becomes the stream's own. */
  TakeOpen,
  /** A chunk before which all that is in the module is put back. */
  PutBack,
  /** The body has ended with the chunk before. */
  Trailers,
  /** All that may be released was judged, and more of the request will come. */
  Passed,
  /** All of the request was judged, or it goes on without a verdict. */
  PassedAll,
  /** It is not let through. */
  Refuse,
  /** The stream is over. */
  Gone,
}

export enum HoldAction {
  None,
  /** Copy the chunk and leave it where it is. */
  Copy,
  /** Copy the chunk and empty the gateway's buffer. */
  Take,
  /** Copy the chunk, and put what is in the module before it. */
  PutBack,
  /** Let go what lies in the gateway. */
  Continue,
  /** Put what is in the module into the gateway's buffer, and let that go. */
  WriteAndContinue,
  /** Answer the client: what is in the module can't be put back any more. */
  RefuseTrailers,
  /** Answer the client. */
  Answer,
  /** Free what is held. */
  Forget,
}

export const HOLD_STATES: i32 = HoldState.Gone + 1;
export const HOLD_EVENTS: i32 = HoldEvent.Gone + 1;

// A row for each state; its cells are in the order of the events. An action, then the state after it.
// prettier-ignore
const TABLE: StaticArray<i32> = [
  // Head
  HoldAction.Copy, HoldState.Staged, // Leave
  HoldAction.Take, HoldState.Taken, // Take
  HoldAction.Take, HoldState.Open, // TakeOpen
  HoldAction.Copy, HoldState.Staged, // PutBack
  HoldAction.None, HoldState.Staged, // Trailers
  HoldAction.Continue, HoldState.Flowing, // Passed
  HoldAction.Continue, HoldState.Released, // PassedAll
  HoldAction.Answer, HoldState.Refused, // Refuse
  HoldAction.Forget, HoldState.Gone, // Gone
  // Taken
  HoldAction.PutBack, HoldState.Staged, // Leave
  HoldAction.Take, HoldState.Taken, // Take
  HoldAction.Take, HoldState.Open, // TakeOpen
  HoldAction.PutBack, HoldState.Staged, // PutBack
  HoldAction.RefuseTrailers, HoldState.Refused, // Trailers
  HoldAction.None, HoldState.Taken, // Passed
  HoldAction.None, HoldState.Leaving, // PassedAll
  HoldAction.Answer, HoldState.Refused, // Refuse
  HoldAction.Forget, HoldState.Gone, // Gone
  // Behind
  HoldAction.PutBack, HoldState.Staged, // Leave
  HoldAction.Take, HoldState.Behind, // Take
  HoldAction.Take, HoldState.Behind, // TakeOpen
  HoldAction.PutBack, HoldState.Staged, // PutBack
  HoldAction.RefuseTrailers, HoldState.Refused, // Trailers
  HoldAction.Continue, HoldState.Taken, // Passed
  HoldAction.None, HoldState.Leaving, // PassedAll
  HoldAction.Answer, HoldState.Refused, // Refuse
  HoldAction.Forget, HoldState.Gone, // Gone
  // Open
  HoldAction.Take, HoldState.Open, // Leave
  HoldAction.Take, HoldState.Taken, // Take
  HoldAction.Take, HoldState.Open, // TakeOpen
  HoldAction.Take, HoldState.Open, // PutBack
  HoldAction.None, HoldState.Open, // Trailers
  HoldAction.WriteAndContinue, HoldState.Flowing, // Passed
  HoldAction.WriteAndContinue, HoldState.Released, // PassedAll
  HoldAction.Answer, HoldState.Refused, // Refuse
  HoldAction.Forget, HoldState.Gone, // Gone
  // Staged
  HoldAction.Copy, HoldState.Staged, // Leave
  HoldAction.Take, HoldState.Behind, // Take
  HoldAction.Take, HoldState.Behind, // TakeOpen
  HoldAction.Copy, HoldState.Staged, // PutBack
  HoldAction.None, HoldState.Staged, // Trailers
  HoldAction.Continue, HoldState.Flowing, // Passed
  HoldAction.Continue, HoldState.Released, // PassedAll
  HoldAction.Answer, HoldState.Refused, // Refuse
  HoldAction.Forget, HoldState.Gone, // Gone
  // Flowing
  HoldAction.Copy, HoldState.Staged, // Leave
  HoldAction.Take, HoldState.Taken, // Take
  HoldAction.Take, HoldState.Open, // TakeOpen
  HoldAction.Copy, HoldState.Staged, // PutBack
  HoldAction.None, HoldState.Staged, // Trailers
  HoldAction.None, HoldState.Flowing, // Passed
  HoldAction.None, HoldState.Released, // PassedAll
  HoldAction.Answer, HoldState.Refused, // Refuse
  HoldAction.Forget, HoldState.Gone, // Gone
  // Leaving
  HoldAction.PutBack, HoldState.Released, // Leave
  HoldAction.PutBack, HoldState.Released, // Take
  HoldAction.PutBack, HoldState.Released, // TakeOpen
  HoldAction.PutBack, HoldState.Released, // PutBack
  HoldAction.RefuseTrailers, HoldState.Refused, // Trailers
  HoldAction.None, HoldState.Leaving, // Passed
  HoldAction.None, HoldState.Leaving, // PassedAll
  HoldAction.Answer, HoldState.Refused, // Refuse
  HoldAction.Forget, HoldState.Gone, // Gone
  // Released
  HoldAction.None, HoldState.Released, // Leave
  HoldAction.None, HoldState.Released, // Take
  HoldAction.None, HoldState.Released, // TakeOpen
  HoldAction.None, HoldState.Released, // PutBack
  HoldAction.None, HoldState.Released, // Trailers
  HoldAction.None, HoldState.Released, // Passed
  HoldAction.None, HoldState.Released, // PassedAll
  HoldAction.None, HoldState.Refused, // Refuse: its response is
  HoldAction.Forget, HoldState.Gone, // Gone
  // Refused
  HoldAction.None, HoldState.Refused, // Leave
  HoldAction.None, HoldState.Refused, // Take
  HoldAction.None, HoldState.Refused, // TakeOpen
  HoldAction.None, HoldState.Refused, // PutBack
  HoldAction.None, HoldState.Refused, // Trailers
  HoldAction.None, HoldState.Refused, // Passed
  HoldAction.None, HoldState.Refused, // PassedAll
  HoldAction.None, HoldState.Refused, // Refuse
  HoldAction.Forget, HoldState.Gone, // Gone
  // Gone
  HoldAction.None, HoldState.Gone, // Leave
  HoldAction.None, HoldState.Gone, // Take
  HoldAction.None, HoldState.Gone, // TakeOpen
  HoldAction.None, HoldState.Gone, // PutBack
  HoldAction.None, HoldState.Gone, // Trailers
  HoldAction.None, HoldState.Gone, // Passed
  HoldAction.None, HoldState.Gone, // PassedAll
  HoldAction.None, HoldState.Gone, // Refuse
  HoldAction.None, HoldState.Gone, // Gone
];

export function actionOn(state: HoldState, event: HoldEvent): HoldAction {
  return unchecked(TABLE[cell(state, event)]);
}

export function stateAfter(state: HoldState, event: HoldEvent): HoldState {
  return unchecked(TABLE[cell(state, event) + 1]);
}

function cell(state: HoldState, event: HoldEvent): i32 {
  return 2 * (state * HOLD_EVENTS + event);
}
