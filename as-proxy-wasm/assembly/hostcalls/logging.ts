// How does a module log? ABI section "Logging".
import { proxy_get_log_level, proxy_log } from "../abi/imports";
import { addressOf, sizeOf, RETURN_VALUE, expectResult } from "../abi/memory";
import { seen } from "../abi/status";
import { LogLevel, Status } from "../abi/types";
import { encodeUtf8 } from "../bytes/utf8";

export function log(level: LogLevel, message: string): Status {
  return logBytes(level, encodeUtf8(message));
}

/** For text that is bytes already; it need not be UTF-8. */
export function logBytes(level: LogLevel, message: ArrayBuffer): Status {
  return <Status>seen(proxy_log(level, addressOf(message), sizeOf(message)));
}

/** Would a line of this level be kept? Ask before putting a costly line together. True if the host can't tell. */
export function logEnabled(level: LogLevel): bool {
  expectResult();
  const status = seen(proxy_get_log_level(RETURN_VALUE));
  return status != Status.Ok || <u32>level >= load<u32>(RETURN_VALUE);
}
