// Is this an IP address? Read byte by byte in place: clients can send thousands of texts that are nearly one, and none of
// them may cost an allocation.
import { ByteWriter } from "as-proxy-wasm";
import { isDigit } from "../ascii";

/** Where the IPv4 address that begins at `at` ends; -1 if none begins there. What follows is not looked at. */
export function ipv4End(bytes: ByteWriter, at: i32): i32 {
  at = octetEnd(bytes, at);
  for (let more = 0; more < 3 && at >= 0; more++) {
    at = bytes.byteAt(at) == 0x2e ? octetEnd(bytes, at + 1) : -1;
  }
  return at;
}

/** 0 to 255, without zeros before it: some readers take those for octal. */
function octetEnd(bytes: ByteWriter, start: i32): i32 {
  let at = start;
  let value = 0;
  while (at - start < 4 && isDigit(bytes.byteAt(at)))
    value = value * 10 + bytes.byteAt(at++) - 0x30;
  const digits = at - start;
  if (digits == 0 || value > 255) return -1;
  return digits > 1 && bytes.byteAt(start) == 0x30 ? -1 : at;
}

/**
 * Where the IPv6 address that begins at `at` ends; -1 if none begins there. RFC 4291 §2.2: eight groups, `::` once for a run
 * of zeros, perhaps an IPv4 tail. A zone is not part of it.
 */
export function ipv6End(bytes: ByteWriter, at: i32): i32 {
  let groups = 0;
  let hasGap = isGap(bytes, at);
  let mayEnd = hasGap;
  if (hasGap) at += 2;
  while (groups <= 8) {
    const start = at;
    while (at - start < 5 && isHexDigit(bytes.byteAt(at))) at++;
    if (at == start) return mayEnd && fits(groups, hasGap) ? at : -1;
    if (bytes.byteAt(at) == 0x2e) {
      const end = ipv4End(bytes, start);
      return fits(groups + 2, hasGap) ? end : -1;
    }
    if (at - start > 4) return -1;
    groups++;
    if (bytes.byteAt(at) != 0x3a) return fits(groups, hasGap) ? at : -1;
    mayEnd = isGap(bytes, at);
    if (mayEnd && hasGap) return -1;
    hasGap = hasGap || mayEnd;
    at += mayEnd ? 2 : 1;
  }
  return -1;
}

function isGap(bytes: ByteWriter, at: i32): bool {
  return bytes.byteAt(at) == 0x3a && bytes.byteAt(at + 1) == 0x3a;
}

/** `::` stands for one group at least. */
function fits(groups: i32, hasGap: bool): bool {
  return hasGap ? groups <= 7 : groups == 8;
}

function isHexDigit(code: i32): bool {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

export function isIpv4(text: string): bool {
  const bytes = bytesOf(text);
  return ipv4End(bytes, 0) == bytes.length;
}

/** Without a zone. */
export function isIpv6(text: string): bool {
  const bytes = bytesOf(text);
  return ipv6End(bytes, 0) == bytes.length;
}

function bytesOf(text: string): ByteWriter {
  const bytes = new ByteWriter();
  bytes.writeString(text);
  return bytes;
}
