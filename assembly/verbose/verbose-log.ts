// What does verbose_logging show? What was sent to the node: names and lengths, and values only of what is known to be
// harmless, so that a log is neither a leak nor a flood.
import { decimalText, HeaderPairs, log, logEnabled, LogLevel } from "as-proxy-wasm";
import { BodyPart } from "../node/body-part";
import { shownWord } from "./plain-word";
import { RequestHead } from "../request-head";
import { RequestId } from "../request-id";
import { shownHeader, shownHost } from "./shown-header";
import { shownPath } from "./shown-path";
import { printable } from "../telemetry";

const MAX_HEADERS: i32 = 64;

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
  const pairs = head.pairs;
  return printable(
    shownWord(pairs.valueString(head.method)) +
      " " +
      shownHost(head.host.toString()) +
      shownPath(pairs.valueString(head.path)) +
      " from " +
      head.clientIp +
      describeHeaders(pairs),
  );
}

function describeHeaders(pairs: HeaderPairs): string {
  let text = ", headers:";
  const shown = min(pairs.count, MAX_HEADERS);
  for (let i = 0; i < shown; i++) {
    if (pairs.nameIsPseudo(i)) continue;
    text +=
      " " + printable(shownHeader(pairs.name(i), pairs.valueString(i), pairs.valueLength(i))) + ";";
  }
  return pairs.count > shown ? text + " and " + decimalText(pairs.count - shown) + " more" : text;
}

/** Of a body nothing is known to be harmless; its media type stands among the headers. */
function describeBody(part: BodyPart): string {
  return part.length == 0 ? ", no body" : ", body of " + decimalText(part.length) + " bytes";
}
