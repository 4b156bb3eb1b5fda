// What does verbose_logging show? What was sent to the node: heads and the beginning of bodies, with credentials masked and
// lengths bounded, so that a log is neither a leak nor a flood.
import {
  bytesToString,
  ByteWriter,
  decimalText,
  HeaderPairs,
  log,
  logEnabled,
  LogLevel,
} from "as-proxy-wasm";
import { isCredentialName } from "./credentials";
import { mask } from "./masking";
import { BodyPart } from "./node/body-part";
import { RequestHead } from "./request-head";
import { RequestId } from "./request-id";
import { printable } from "./telemetry";

const MAX_VALUE: i32 = 256;
const MAX_PATH: i32 = 1024;
const MAX_HEADERS: i32 = 64;
const MAX_BODY: u32 = 512;

export class VerboseLog {
  constructor(
    private readonly isOn: bool,
    private readonly logPrefix: string,
  ) {}

  /** `head` null: a later part. */
  logPart(id: RequestId, head: RequestHead | null, part: BodyPart): void {
    if (!this.isWanted) return;
    let text = "sent part " + decimalText(part.number);
    if (head !== null) text += ", " + describeHead(head);
    this.write(id, text + describeBody(part));
  }

  logResponse(id: RequestId, status: u32, headers: HeaderPairs, part: BodyPart): void {
    if (!this.isWanted) return;
    this.write(
      id,
      "sent response " + decimalText(status) + describeHeaders(headers) + describeBody(part),
    );
  }

  private get isWanted(): bool {
    return this.isOn && logEnabled(LogLevel.Info);
  }

  private write(id: RequestId, text: string): void {
    log(LogLevel.Info, this.logPrefix + "[req: " + id.toString() + "] " + text);
  }
}

function describeHead(head: RequestHead): string {
  const method = head.method < 0 ? "" : head.pairs.valueString(head.method);
  const host = head.host < 0 ? "" : head.pairs.valueString(head.host);
  const path = head.path < 0 ? "" : head.pairs.valueString(head.path);
  return (
    printable(method) +
    " " +
    printable(bounded(host, MAX_VALUE)) +
    printable(mask(bounded(path, MAX_PATH))) +
    " from " +
    printable(head.clientIp) +
    describeHeaders(head.pairs)
  );
}

function describeHeaders(pairs: HeaderPairs): string {
  let text = ", headers:";
  const shown = min(pairs.count, MAX_HEADERS);
  for (let i = 0; i < shown; i++) {
    if (pairs.nameIsPseudo(i)) continue;
    const name = pairs.name(i);
    const value = isCredentialName(name) ? "***" : mask(bounded(pairs.valueString(i), MAX_VALUE));
    text += " " + printable(bounded(name, MAX_VALUE)) + "=" + printable(value) + ";";
  }
  return pairs.count > shown ? text + " and " + decimalText(pairs.count - shown) + " more" : text;
}

function describeBody(part: BodyPart): string {
  const held = part.held;
  if (part.length == 0 || held === null) return ", no body";
  // A later part may begin in the middle of a secret, whose name is not there to tell.
  if (part.number > 0 && part.bodySize != u64(part.length))
    return ", body of " + decimalText(part.length) + " bytes";
  const excerpt = new ByteWriter();
  held.writeRangeTo(excerpt, 0, min(part.length, MAX_BODY));
  const text = printable(mask(bytesToString(excerpt.toArrayBuffer())));
  const more = part.length > MAX_BODY ? "..." : "";
  return ", body of " + decimalText(part.length) + " bytes: " + text + more;
}

function bounded(text: string, limit: i32): string {
  return text.length > limit ? text.substring(0, limit) + "..." : text;
}
