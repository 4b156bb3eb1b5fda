// What does the head of a request say? Read once, in one hostcall for all headers, and kept as the host's bytes.
import {
  bytesEqual,
  ByteWriter,
  getHeaderPairs,
  getProperty,
  HeaderMapType,
  HeaderPairs,
  PropertyPath,
  StaticName,
  stringToBytes,
} from "as-proxy-wasm";
import {
  addressFromRight,
  connectionAddress,
  firstAddress,
  isTakenFromHeader,
  plainAddressIn,
} from "./client/client-address";
import { writeHeaders } from "./node/connector/message";
import {
  writeKey,
  writeBinHeader,
  writeStrHeader,
  writeText,
} from "./node/connector/msgpack-writer";
import { RealHost } from "./client/real-host";
import { knownProtocol, MethodValue, SchemeValue } from "./client/contract-values";

const METHOD = StaticName.of(":method");
const PATH = StaticName.of(":path");
const SCHEME = StaticName.of(":scheme");
const REQUEST_PROTOCOL = PropertyPath.of(["request", "protocol"]);
const SOURCE_ADDRESS = PropertyPath.of(["source", "address"]);
const HTTP_2 = stringToBytes("HTTP/2");
const HTTP_3 = stringToBytes("HTTP/3");

export class RequestHead {
  /** Of a header that may be missing: its index in `pairs`, or -1. */
  readonly method: i32;
  readonly path: i32;
  readonly host: RealHost;
  private readonly scheme: SchemeValue;
  private readonly sentMethod: MethodValue;
  private protocol: ArrayBuffer | null = null;
  /** Where the client's address stands: at the begin of this value, so many bytes; -1: it is `address`. */
  private plainAt: i32 = -1;
  private readonly plainLength: i32;
  private address: string = "";
  /** The gateway was asked for the connection's address, and gave one that it has taken from X-Forwarded-For. */
  isAddressForwarded: bool = false;

  /**
   * @param time when the request began, microseconds since the epoch
   * @param realHostHeader name of the header with the original host, lower case
   * @param realIpHeader name of the header with the client's address, lower case
   * @param trustedHops how many proxies have each put an address into it that can be relied on; 0: the first counts
   */
  constructor(
    readonly pairs: HeaderPairs,
    readonly time: u64,
    realHostHeader: StaticName,
    realIpHeader: StaticName,
    trustedHops: u32 = 0,
  ) {
    const method = pairs.find(METHOD);
    this.method = method;
    this.path = pairs.find(PATH);
    this.scheme = new SchemeValue(pairs, pairs.find(SCHEME));
    this.sentMethod = new MethodValue(pairs, method);
    this.host = new RealHost(pairs, realHostHeader);
    const index = trustedHops == 0 ? pairs.find(realIpHeader) : -1;
    this.plainLength = index < 0 ? 0 : plainAddressIn(pairs, index);
    if (this.plainLength > 0) this.plainAt = index;
    else this.address = this.findAddress(realIpHeader, trustedHops);
  }

  get clientIp(): string {
    if (this.plainAt < 0) return this.address;
    return this.pairs.valueString(this.plainAt).substring(0, this.plainLength);
  }

  /** HTTP/2 or newer. To be asked in the headers callback. */
  get isMultiplexed(): bool {
    const protocol = this.readProtocol();
    return bytesEqual(protocol, HTTP_2) || bytesEqual(protocol, HTTP_3);
  }

  /** To be called in the headers callback by who tells it later. Not done for all: it costs as much as reading all headers. */
  readProtocol(): ArrayBuffer {
    let protocol = this.protocol;
    if (protocol === null) protocol = knownProtocol(getProperty(REQUEST_PROTOCOL));
    this.protocol = protocol;
    return protocol;
  }

  /** How many keys it writes beyond those that are always there. */
  get rawKeys(): u32 {
    return u32(this.scheme.hasRaw) + u32(this.sentMethod.hasRaw);
  }

  /** The keys from `client_ip` to `headers`, in the order of docs/node-protocol.md. */
  writeTo(out: ByteWriter): void {
    writeKey(out, "client_ip");
    if (this.plainAt < 0) writeText(out, this.address);
    else {
      writeStrHeader(out, this.plainLength);
      this.pairs.writeValueRange(this.plainAt, out, 0, this.plainLength);
    }
    this.scheme.writeTo(out);
    writeKey(out, "protocol");
    const protocol = this.readProtocol();
    writeStrHeader(out, protocol.byteLength);
    out.writeBytes(protocol);
    this.sentMethod.writeTo(out);
    writeKey(out, "host");
    writeBinHeader(out, this.host.length);
    this.host.writeTo(out);
    writeKey(out, "path");
    writeBinHeader(out, this.pairs.valueLength(this.path));
    this.pairs.writeValue(this.path, out);
    writeKey(out, "headers");
    writeHeaders(out, this.pairs);
  }

  private findAddress(header: StaticName, trustedHops: u32): string {
    const address =
      trustedHops == 0
        ? firstAddress(this.pairs, header)
        : addressFromRight(this.pairs, header, trustedHops);
    if (address !== null) return address;
    const source = getProperty(SOURCE_ADDRESS);
    if (source === null) return "";
    const own = connectionAddress(source);
    this.isAddressForwarded = own.length > 0 && isTakenFromHeader(source);
    return own;
  }
}

/** The head of the request whose headers callback is running; null if the host gives no headers. */
export function readRequestHead(
  time: u64,
  realHostHeader: StaticName,
  realIpHeader: StaticName,
  trustedHops: u32,
): RequestHead | null {
  const pairs = getHeaderPairs(HeaderMapType.HttpRequestHeaders);
  if (pairs === null) return null;
  return new RequestHead(pairs, time, realHostHeader, realIpHeader, trustedHops);
}
