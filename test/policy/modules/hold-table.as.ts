// What does the table of a held request say? By the names of its states, events and actions.
import {
  actionOn,
  HOLD_EVENTS,
  HOLD_STATES,
  HoldAction,
  HoldEvent,
  HoldState,
  stateAfter,
} from "../../../assembly/request/hold-table";

export function holdStates(): i32 {
  return HOLD_STATES;
}

export function holdEvents(): i32 {
  return HOLD_EVENTS;
}

/** `action state`. */
export function holdCell(state: i32, event: i32): string {
  return actionName(actionOn(state, event)) + " " + holdState(stateAfter(state, event));
}

export function holdState(state: HoldState): string {
  switch (state) {
    case HoldState.Head:
      return "head";
    case HoldState.Taken:
      return "taken";
    case HoldState.Behind:
      return "behind";
    case HoldState.Open:
      return "open";
    case HoldState.Staged:
      return "staged";
    case HoldState.Flowing:
      return "flowing";
    case HoldState.Leaving:
      return "leaving";
    case HoldState.Released:
      return "released";
    case HoldState.Refused:
      return "refused";
    case HoldState.Gone:
      return "gone";
    default:
      return "?";
  }
}

export function holdEvent(event: HoldEvent): string {
  switch (event) {
    case HoldEvent.Leave:
      return "leave";
    case HoldEvent.Take:
      return "take";
    case HoldEvent.TakeOpen:
      return "take open";
    case HoldEvent.PutBack:
      return "put back";
    case HoldEvent.Trailers:
      return "trailers";
    case HoldEvent.Passed:
      return "passed";
    case HoldEvent.PassedAll:
      return "passed all";
    case HoldEvent.Refuse:
      return "refuse";
    case HoldEvent.Gone:
      return "gone";
    default:
      return "?";
  }
}

function actionName(action: HoldAction): string {
  switch (action) {
    case HoldAction.None:
      return "-";
    case HoldAction.Copy:
      return "copy";
    case HoldAction.Take:
      return "take";
    case HoldAction.PutBack:
      return "put-back";
    case HoldAction.Continue:
      return "continue";
    case HoldAction.WriteAndContinue:
      return "write";
    case HoldAction.RefuseTrailers:
      return "no-trailers";
    case HoldAction.Answer:
      return "answer";
    case HoldAction.Forget:
      return "forget";
    default:
      return "?";
  }
}
