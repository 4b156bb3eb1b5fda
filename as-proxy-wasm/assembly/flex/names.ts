// Under which name does Envoy know the service that a policy asked Flex for? The rule is the PDK's: gateway and policy each
// work the name out for themselves.
import { byteAt } from "../bytes/numbers";
import { encodeUtf8 } from "../bytes/utf8";
import { sha256 } from "./sha256";

/** Characters of the readable part that are kept. */
const KEPT: i32 = 47;
/** Bytes of the hash that are looked at for its first 7 hex digits. */
const HASH_DIGITS: i32 = 7;
const HEX: string = "0123456789abcdef";

/** Name of the service for an authority: that of the URL as written, with user info and port. */
export function serviceName(policyName: string, authority: string): string {
  const full = policyName + "-" + authority;
  return readable(full) + "-" + shortHash(full) + "-service";
}

/** Name of the Envoy cluster of a service. */
export function clusterName(service: string, namespace: string): string {
  return service + "." + namespace + ".svc";
}

function readable(full: string): string {
  let name = "";
  for (let i = 0; i < full.length && name.length < KEPT; i++) {
    const unit = full.charCodeAt(i);
    name += isAlphanumeric(unit) ? full.charAt(i) : "-";
  }
  return name;
}

function isAlphanumeric(unit: i32): bool {
  const lower = unit | 0x20;
  return (unit >= 0x30 && unit <= 0x39) || (lower >= 0x61 && lower <= 0x7a && unit < 0x80);
}

function shortHash(full: string): string {
  const hash = sha256(encodeUtf8(full));
  let digits = "";
  for (let i = 0; i < HASH_DIGITS; i++) {
    const byte = byteAt(hash, i >> 1);
    digits += HEX.charAt((i & 1) == 0 ? byte >> 4 : byte & 15);
  }
  return digits;
}
