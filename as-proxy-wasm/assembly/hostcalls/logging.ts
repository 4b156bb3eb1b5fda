// How does a module log? ABI section "Logging".
import { proxy_get_log_level, proxy_log } from "../abi/imports";
import { RETURN_VALUE, expectResult } from "../abi/memory";
import { seen } from "../abi/status";
import { LogLevel, Status } from "../abi/types";
import { encodeUtf8 } from "../bytes/utf8";

export function log(level: LogLevel, message: string): Status {
  const bytes = encodeUtf8(message);
  return <Status>seen(proxy_log(level, changetype<usize>(bytes), bytes.byteLength));
}

/** Would a line of this level be kept? Ask before putting a costly line together. True if the host can't tell. */
export function logEnabled(level: LogLevel): bool {
  expectResult();
  const status = seen(proxy_get_log_level(RETURN_VALUE));
  return status != Status.Ok || <u32>level >= load<u32>(RETURN_VALUE);
}
