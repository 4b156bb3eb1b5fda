// What did the last hostcall answer? Functions that return data tell failure by null; the reason is kept here.
import { Status } from "./types";

let last: i32 = Status.Ok;

/** Keeps a hostcall's answer, and passes it on. Every hostcall's result goes through here. */
export function seen(status: i32): i32 {
  last = status;
  return status;
}

/** Status of the hostcall made last. */
export function lastStatus(): Status {
  return <Status>last;
}

/** For functions that return an id: the id, or the status as a negative number. */
export function idOrFailure(status: i32, id: u32): i64 {
  return status == Status.Ok ? <i64>id : -(<i64>status);
}
