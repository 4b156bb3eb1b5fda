// What does the head of a response say?
import { HeaderPairs, StaticName } from "as-proxy-wasm";

const STATUS = StaticName.of(":status");

export class ResponseHead {
  status: u32;
  /** What follows it is another protocol, and no body. */
  isTunnel: bool = false;

  constructor(
    readonly headers: HeaderPairs,
    /** When the response began, microseconds since the epoch. */
    readonly time: u64,
    /** Microseconds from the begin of the request. */
    readonly duration: u64,
    readonly endOfStream: bool,
  ) {
    this.status = statusOf(headers);
  }
}

/** The value of `:status`, 0 if there is none. */
export function statusOf(headers: HeaderPairs): u32 {
  const index = headers.find(STATUS);
  let status: u32 = 0;
  for (let at = 0; index >= 0 && at < min(3, headers.valueLength(index)); at++) {
    status = status * 10 + headers.valueByte(index, at) - 0x30;
  }
  return status;
}
