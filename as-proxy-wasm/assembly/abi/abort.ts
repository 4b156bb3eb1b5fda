// What happens when AssemblyScript itself gives up (an assertion, an array index)? The reason goes to the host's log, and
// the module traps. asconfig.json puts this in the place of AssemblyScript's own `env.abort`, which no host provides.
import { decimalText } from "../bytes/decimal";
import { encodeUtf8 } from "../bytes/utf8";
import { LogLevel } from "./types";
import { proxy_log } from "./imports";

export function abort(
  message: string | null = null,
  fileName: string | null = null,
  line: u32 = 0,
  column: u32 = 0,
): void {
  const where = fileName !== null ? fileName : "?";
  const what = message !== null ? message : "abort";
  const text = encodeUtf8(what + " at " + where + ":" + decimalText(line));
  proxy_log(LogLevel.Critical, changetype<usize>(text), text.byteLength);
  unreachable();
}
