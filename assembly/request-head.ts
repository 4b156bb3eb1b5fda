// What does the head of a request say? Read once, in one hostcall for all headers, and kept as the host's bytes.
import {
  bytesEqual,
  bytesToString,
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
  addressIn,
  ElementFromRight,
  leftmostAddress,
  plainAddressIn,
  withoutPort,
} from "./client-address";
import { writeHeaders } from "./node/connector/message";
import {
  writeKey,
  writeBinHeader,
  writeStrHeader,
  writeText,
} from "./node/connector/msgpack-writer";

const METHOD = StaticName.of(":method");
const PATH = StaticName.of(":path");
const SCHEME = StaticName.of(":scheme");
const AUTHORITY = StaticName.of(":authority");
const REQUEST_PROTOCOL = PropertyPath.of(["request", "protocol"]);
const SOURCE_ADDRESS = PropertyPath.of(["source", "address"]);
const HTTP_2 = stringToBytes("HTTP/2");
const HTTP_3 = stringToBytes("HTTP/3");

export class RequestHead {
  /** Of a header that may be missing: its index in `pairs`, or -1. */
  readonly method: i32;
  readonly path: i32;
  readonly scheme: i32;
  readonly host: i32;
  private protocol: ArrayBuffer | null = null;
  /** Where the client's address stands: at the begin of this value, so many bytes; -1: it is `address`. */
  private plainAt: i32 = -1;
  private readonly plainLength: i32;
  private address: string = "";

  /**
   * @param time when the request began, microseconds since the epoch
   * @param realHostHeader name of the header with the original host, lower case
   * @param realIpHeader name of the header with the client's address, lower case
   * @param trustedHops how many proxies have each put an address into it that can be relied on; 0: the leftmost counts
   */
  constructor(
    readonly pairs: HeaderPairs,
    readonly time: u64,
    realHostHeader: StaticName,
    realIpHeader: StaticName,
    trustedHops: u32 = 0,
  ) {
    this.method = pairs.find(METHOD);
    this.path = pairs.find(PATH);
    this.scheme = pairs.find(SCHEME);
    const realHost = pairs.find(realHostHeader);
    this.host = realHost >= 0 ? realHost : pairs.find(AUTHORITY);
    const index = trustedHops == 0 ? pairs.find(realIpHeader) : -1;
    this.plainLength = index < 0 ? 0 : plainAddressIn(pairs, index);
    if (this.plainLength > 0) this.plainAt = index;
    else this.address = clientIp(pairs, realIpHeader, trustedHops);
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
    if (protocol === null) protocol = getProperty(REQUEST_PROTOCOL);
    if (protocol === null) protocol = new ArrayBuffer(0);
    this.protocol = protocol;
    return protocol;
  }

  /** The keys from `client_ip` to `headers`, in the order of docs/node-protocol.md. */
  writeTo(out: ByteWriter): void {
    writeKey(out, "client_ip");
    if (this.plainAt < 0) writeText(out, this.address);
    else {
      writeStrHeader(out, this.plainLength);
      this.pairs.writeValueRange(this.plainAt, out, 0, this.plainLength);
    }
    writeKey(out, "scheme");
    this.writeStr(out, this.scheme);
    writeKey(out, "protocol");
    const protocol = this.readProtocol();
    writeStrHeader(out, protocol.byteLength);
    out.writeBytes(protocol);
    writeKey(out, "method");
    this.writeStr(out, this.method);
    writeKey(out, "host");
    this.writeBin(out, this.host);
    writeKey(out, "path");
    this.writeBin(out, this.path);
    writeKey(out, "headers");
    writeHeaders(out, this.pairs);
  }

  private writeStr(out: ByteWriter, index: i32): void {
    writeStrHeader(out, index < 0 ? 0 : this.pairs.valueLength(index));
    if (index >= 0) this.pairs.writeValue(index, out);
  }

  private writeBin(out: ByteWriter, index: i32): void {
    writeBinHeader(out, index < 0 ? 0 : this.pairs.valueLength(index));
    if (index >= 0) this.pairs.writeValue(index, out);
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

function clientIp(pairs: HeaderPairs, header: StaticName, trustedHops: u32): string {
  const address =
    trustedHops == 0 ? leftmostIn(pairs, header) : fromRightIn(pairs, header, trustedHops);
  // Envoy gives the address of the connection with its port.
  return address !== null ? address : withoutPort(textProperty(SOURCE_ADDRESS));
}

function leftmostIn(pairs: HeaderPairs, header: StaticName): string | null {
  const index = pairs.find(header);
  return index < 0 ? null : leftmostAddress(pairs.valueString(index));
}

/** Null also where the list is too short: then the request has not come through all the proxies. */
function fromRightIn(pairs: HeaderPairs, header: StaticName, trustedHops: u32): string | null {
  const wanted = new ElementFromRight(trustedHops);
  for (let i = pairs.count - 1; i >= 0; i--) {
    if (!pairs.isNamed(i, header)) continue;
    const element = wanted.in(pairs.valueString(i));
    if (element !== null) return addressIn(element);
  }
  return null;
}

function textProperty(path: PropertyPath): string {
  const value = getProperty(path);
  return value === null ? "" : bytesToString(value);
}
