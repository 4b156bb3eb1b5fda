// Is what a client sent a value that the contract knows (docs/node-protocol.md)? A node refuses a message with another one,
// and so a client could choose to go unjudged. What is not is sent as the nearest value that is, beside the client's own bytes.
import {
  bytesEqual,
  ByteWriter,
  getProperty,
  HeaderPairs,
  PropertyPath,
  stringToBytes,
} from "as-proxy-wasm";
import { isTokenByte } from "../header-name";
import { writeBinHeader, writeKey, writeStrHeader } from "../node/connector/msgpack-writer";

const TLS_VERSION = PropertyPath.of(["connection", "tls_version"]);
const PROTOCOLS: StaticArray<ArrayBuffer> = [
  stringToBytes("HTTP/1.0"),
  stringToBytes("HTTP/1.1"),
  stringToBytes("HTTP/2"),
  stringToBytes("HTTP/3"),
];
const UNKNOWN = new ArrayBuffer(0);

/** `protocol` if the contract has it, else nothing. */
export function knownProtocol(protocol: ArrayBuffer | null): ArrayBuffer {
  if (protocol === null) return UNKNOWN;
  for (let i = 0; i < PROTOCOLS.length; i++) {
    if (bytesEqual(unchecked(PROTOCOLS[i]), protocol)) return protocol;
  }
  return UNKNOWN;
}

/** `http` or `https`. HTTP/2 clients write into `:scheme` what they like. */
@final
export class SchemeValue {
  /** What the client wrote differs and is sent too, as `raw_scheme`. */
  readonly hasRaw: bool;
  private readonly isSecure: bool;

  /**
   * To be made in the headers callback.
   * @param index of `:scheme` in `pairs`, or -1
   */
  constructor(
    private readonly pairs: HeaderPairs,
    private readonly index: i32,
  ) {
    this.isSecure = isSecure(pairs, index);
    this.hasRaw =
      index >= 0 && !pairs.valueEquals(index, "http") && !pairs.valueEquals(index, "https");
  }

  writeTo(out: ByteWriter): void {
    writeKey(out, "scheme");
    writeKey(out, this.isSecure ? "https" : "http");
    if (this.hasRaw) writeRaw(out, "raw_scheme", this.pairs, this.index);
  }
}

/** A token (RFC 9110 §9.1), as methods are: each byte that may not be in one is replaced by `_`. */
@final
export class MethodValue {
  /** What the client wrote differs and is sent too, as `raw_method`. */
  readonly hasRaw: bool;

  /** @param index of `:method` in `pairs`, or -1 */
  constructor(
    private readonly pairs: HeaderPairs,
    private readonly index: i32,
  ) {
    this.hasRaw = !isToken(pairs, index);
  }

  writeTo(out: ByteWriter): void {
    const length = this.pairs.valueLength(this.index);
    writeKey(out, "method");
    writeStrHeader(out, length);
    if (!this.hasRaw) {
      this.pairs.writeValue(this.index, out);
      return;
    }
    for (let at = 0; at < length; at++) {
      const byte = this.pairs.valueByte(this.index, at);
      out.writeU8(isTokenByte(byte) ? byte : 0x5f);
    }
    writeRaw(out, "raw_method", this.pairs, this.index);
  }
}

function isToken(pairs: HeaderPairs, index: i32): bool {
  const length = pairs.valueLength(index);
  for (let at = 0; at < length; at++) if (!isTokenByte(pairs.valueByte(index, at))) return false;
  return true;
}

function writeRaw(out: ByteWriter, key: string, pairs: HeaderPairs, index: i32): void {
  writeKey(out, key);
  writeBinHeader(out, pairs.valueLength(index));
  pairs.writeValue(index, out);
}

/** Of other spellings the letters count, of anything else the connection: asked for only then. */
function isSecure(pairs: HeaderPairs, index: i32): bool {
  if (isSpelled(pairs, index, "https")) return true;
  return !isSpelled(pairs, index, "http") && getProperty(TLS_VERSION) !== null;
}

/** Is the value this lower-case word, in whatever case? */
function isSpelled(pairs: HeaderPairs, index: i32, word: string): bool {
  if (pairs.valueLength(index) != word.length) return false;
  for (let at = 0; at < word.length; at++) {
    if (i32(pairs.valueByte(index, at) | 0x20) != word.charCodeAt(at)) return false;
  }
  return true;
}
