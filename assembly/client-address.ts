// What is the address of the client? The leftmost one in a header that proxies fill, or the one that the n-th proxy from
// the right has put there, if it is an address; else that of the connection. Anybody can write the header, so rubbish in
// it must never do more than be ignored.
import { HeaderPairs } from "as-proxy-wasm";
import { decimal, isDigit, isLetter, lowerCase } from "./ascii";

/**
 * The leftmost address of a list as X-Forwarded-For has it, without port; null if there is none or it is no address.
 * Understands `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]:80`, and `for=` of RFC 7239.
 */
export function leftmostAddress(list: string): string | null {
  const comma = list.indexOf(",");
  return addressIn(comma < 0 ? list : list.substring(0, comma));
}

/**
 * Length of the IPv4 address that such a list begins with, if nothing else stands in its first element; else 0. What nearly
 * always comes is found without making a string of it.
 */
export function plainAddressIn(pairs: HeaderPairs, index: i32): i32 {
  const end = pairs.valueLength(index);
  let dots = 0;
  let octet = -1;
  for (let at = 0; at < end; at++) {
    const code = i32(pairs.valueByte(index, at));
    if (isDigit(code)) {
      if (octet == 0) return 0; // a zero before it
      octet = max(octet, 0) * 10 + code - 0x30;
      if (octet > 255) return 0;
    } else if (octet >= 0 && code == 0x2e) {
      dots++;
      octet = -1;
    } else return octet >= 0 && dots == 3 && code == 0x2c ? at : 0;
  }
  return octet >= 0 && dots == 3 ? end : 0;
}

/** The address in one element of such a list; null if there is none. */
export function addressIn(element: string): string | null {
  const value = forwardedFor(element);
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  const address = withoutPort(isQuoted ? value.substring(1, value.length - 1) : value);
  return isIpv4(address) || isIpv6(address) ? address : null;
}

/**
 * Finds the n-th element of a list from the right, where a header that stands several times is one list: `in` is to be
 * called with its values, the last first. Commas alone divide, and what is empty does not count (RFC 9110 §5.6.1): a quote
 * or a comma that a client has sent can't move what trusted proxies put to the right of it.
 */
@final
export class ElementFromRight {
  constructor(private missing: u32) {}

  /** Null: it stands further to the left. */
  in(list: string): string | null {
    let end = list.length;
    while (end >= 0) {
      const comma = end > 0 ? list.lastIndexOf(",", end - 1) : -1;
      const element = list.substring(comma + 1, end).trim();
      if (element.length > 0 && --this.missing == 0) return element;
      end = comma;
    }
    return null;
  }
}

/** The value of `for` of an RFC 7239 element, whose pairs may stand in any order; of another text what is before a `;`. */
function forwardedFor(element: string): string {
  const pairs = element.split(";");
  for (let i = 0; i < pairs.length; i++) {
    const pair = unchecked(pairs[i]).trim();
    if (lowerCase(pair.substring(0, 4)) == "for=") return pair.substring(4);
  }
  return unchecked(pairs[0]).trim();
}

/** `1.2.3.4:80` → `1.2.3.4`; `[::1]:80` → `::1`; an address without port stays as it is. */
export function withoutPort(address: string): string {
  if (address.startsWith("[")) {
    const end = address.indexOf("]");
    if (end < 0) return address;
    const rest = address.substring(end + 1);
    return rest.length == 0 || isPort(rest) ? address.substring(1, end) : address;
  }
  const colon = address.indexOf(":");
  if (colon < 0 || address.lastIndexOf(":") != colon) return address;
  return isPort(address.substring(colon)) ? address.substring(0, colon) : address;
}

function isPort(text: string): bool {
  return text.startsWith(":") && decimal(text.substring(1)) >= 0;
}

export function isIpv4(text: string): bool {
  if (text.length > 15) return false;
  const parts = text.split(".");
  return parts.length == 4 && parts.every((part) => isOctet(part));
}

/** 0 to 255, without zeros before it: some readers take those for octal. */
function isOctet(text: string): bool {
  if (text.length > 3 || (text.length > 1 && text.startsWith("0"))) return false;
  const value = decimal(text);
  return value >= 0 && value <= 255;
}

/** RFC 4291 §2.2: eight groups, `::` once for a run of zeros, perhaps an IPv4 tail, perhaps a zone (RFC 4007). */
export function isIpv6(text: string): bool {
  const percent = text.indexOf("%");
  const address = percent < 0 ? text : text.substring(0, percent);
  if (address.length < 2 || address.length > 45 || text.length > 64) return false;
  if (percent >= 0 && !isZone(text.substring(percent + 1))) return false;
  const gap = address.indexOf("::");
  if (gap < 0) return groups(address) == 8;
  if (address.indexOf("::", gap + 1) >= 0) return false;
  const before = gap == 0 ? 0 : groups(address.substring(0, gap), false);
  const tail = address.substring(gap + 2);
  const after = tail.length == 0 ? 0 : groups(tail);
  return before >= 0 && after >= 0 && before + after <= 7;
}

/** RFC 6874 §2, without its percent encoding: nothing that means something in a log or a page. */
function isZone(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isLetter(code) && !isDigit(code) && !"-._~".includes(text.charAt(i))) return false;
  }
  return text.length > 0;
}

/** How many 16-bit groups `text` has; -1 if it is malformed. */
function groups(text: string, mayEndInIpv4: bool = true): i32 {
  const parts = text.split(":");
  let count = 0;
  for (let i = 0; i < parts.length; i++) {
    if (mayEndInIpv4 && i == parts.length - 1 && isIpv4(unchecked(parts[i]))) count += 2;
    else if (isHexGroup(unchecked(parts[i]))) count++;
    else return -1;
  }
  return count;
}

function isHexGroup(text: string): bool {
  if (text.length < 1 || text.length > 4) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) | 0x20;
    if (!isDigit(text.charCodeAt(i)) && (code < 0x61 || code > 0x66)) return false;
  }
  return true;
}
