// Does the host go on with body callbacks while the headers of a request are held? Envoy does with
// allow_on_headers_stop_iteration (1.35+), Flex from 1.12 on; elsewhere a filter that waits for the body waits for ever.
// Where nobody tells, it is found out: a body callback during a hold proves that the host does.
import { decimal } from "./ascii";

export enum HeaderHolding {
  /** Ask the Flex version; on other hosts find out. */
  Auto,
  On,
  Off,
}

/** Ticks that a request waits for its body to begin, before its headers are judged alone. */
const TICKS_WHILE_UNKNOWN: i32 = 2;
const TICKS_WHILE_KNOWN: i32 = 11;
/** So many requests in a row whose body came only after their headers were let go: the host does not hold headers. */
const PROOFS_OF_NONE: i32 = 3;

export class HoldingKnowledge {
  private isKnown: bool;
  private holds: bool;
  /** It was seen that the host does: nothing need be done about a body that does not come. */
  isProven: bool = false;
  private proofsOfNone: i32 = 0;

  constructor(setting: HeaderHolding, flexVersion: string) {
    const fromVersion = setting == HeaderHolding.Auto && flexVersion.length > 0;
    this.isKnown = setting != HeaderHolding.Auto || fromVersion;
    this.holds = fromVersion ? isAtLeast(flexVersion, 1, 12) : setting != HeaderHolding.Off;
  }

  /** False: the headers are to be asked about at once, without their body. */
  get mayWaitForBody(): bool {
    return this.holds;
  }

  /** How many ticks to wait for a body callback. Never without a bound: the setting may be wrong. */
  get patience(): i32 {
    return this.isKnown ? TICKS_WHILE_KNOWN : TICKS_WHILE_UNKNOWN;
  }

  /** A body callback came while the headers were held. */
  sawBodyWhileHeld(): void {
    this.isProven = true;
    if (this.isKnown) return;
    this.isKnown = true;
    this.holds = true;
  }

  /** The body began only after the headers had been let go. */
  sawBodyOnlyAfterRelease(): void {
    if (this.isKnown) return;
    this.proofsOfNone++;
    if (this.proofsOfNone >= PROOFS_OF_NONE) this.holds = false;
  }
}

/** Compares `1.12.3` with a major and a minor number; what is no version counts as too old. */
export function isAtLeast(version: string, major: i32, minor: i32): bool {
  const parts = version.split(".");
  if (parts.length < 2) return false;
  const itsMajor = decimal(unchecked(parts[0]));
  const itsMinor = decimal(unchecked(parts[1]));
  if (itsMajor < 0 || itsMinor < 0) return false;
  return itsMajor > major || (itsMajor == major && itsMinor >= minor);
}
