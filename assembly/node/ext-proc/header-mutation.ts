// Which changes of headers does a processor get? Those that Envoy's own filter makes with its default rules: nothing that
// routes, nothing of Envoy's, and no length of a body that stays as it is (seen in Envoy 1.40: `append_action` and `value`
// are not looked at there, only `append` and `raw_value`).
import {
  addHeaderBytes,
  byteAt,
  bytesToString,
  HeaderMapType,
  removeHeader,
  replaceHeaderBytes,
  SerializedPairs,
  Status,
  stringToBytes,
} from "as-proxy-wasm";
import { lowerCase } from "../../ascii";
import { isHeaderName } from "../../header-name";
import { ProtobufReader } from "./protobuf-reader";

/** Envoy takes no header map over 60 KiB by default. */
const MAX_NAME: u32 = 1024;
/** Envoy's own filter refuses more changes than a head may have headers. */
const MOST_CHANGES: i32 = 100;
const FIXED: string[] = ["host", "content-length", "transfer-encoding"];

enum Field {
  SetHeaders = 1,
  RemoveHeaders = 2,
}

/** What became of a mutation. */
export enum Mutated {
  Done,
  /** The host did not change the headers: they are gone on. */
  TooLate,
  /** A name or a value that no header may have. */
  Malformed,
}

/** Applies a `HeaderMutation` to the headers of the effective context. */
export function mutateHeaders(mutation: ArrayBuffer, map: HeaderMapType): Mutated {
  let result = Mutated.Done;
  const removals = new ProtobufReader(mutation);
  let changes = 0;
  while (removals.next()) {
    if (++changes > 2 * MOST_CHANGES) return Mutated.Malformed;
    if (removals.field != Field.RemoveHeaders) continue;
    const name = lowerCase(removals.text(MAX_NAME));
    if (name.length > 0 && !isHeaderName(withoutColon(name))) return Mutated.Malformed;
    if (isFree(name) && removeHeader(map, name) != Status.Ok) result = Mutated.TooLate;
  }
  const options = new ProtobufReader(mutation);
  while (options.next()) {
    if (options.field != Field.SetHeaders) continue;
    const header = new HeaderOption(options.message());
    if (options.failed) break;
    if (!header.isThere || !mayBeSet(header.name, header.value, map)) continue;
    const status = header.appends
      ? addHeaderBytes(map, stringToBytes(header.name), header.value)
      : replaceHeaderBytes(map, stringToBytes(header.name), header.value);
    if (status != Status.Ok) result = Mutated.TooLate;
  }
  return options.failed ? Mutated.Malformed : result;
}

/** The headers that a `HeaderMutation` adds to an answer made for the client; null if it is malformed. */
export function headersOfAnswer(mutation: ProtobufReader): SerializedPairs | null {
  const headers = new SerializedPairs();
  const names: string[] = [];
  while (mutation.next()) {
    if (headers.count >= MOST_CHANGES) return null;
    if (mutation.field != Field.SetHeaders) continue;
    const header = new HeaderOption(mutation.message());
    if (mutation.failed) break;
    if (!header.isThere || !isFree(header.name)) continue;
    const at = header.appends ? -1 : names.indexOf(header.name);
    if (at < 0) {
      names.push(header.name);
      headers.addBytes(stringToBytes(header.name), header.value);
    } else headers.setBytes(at, header.value);
  }
  return mutation.failed ? null : headers;
}

/** A `HeaderValueOption`. Fails the reader, and with it the mutation, where it is none. */
class HeaderOption {
  isThere: bool = false;
  appends: bool = false;
  name: string = "";
  value: ArrayBuffer = new ArrayBuffer(0);

  constructor(option: ProtobufReader) {
    while (option.next()) {
      if (option.field == 1) this.readHeader(option.message());
      else if (option.field == 2) {
        const wrapped = option.message();
        while (wrapped.next()) if (wrapped.field == 1) this.appends = wrapped.number != 0;
      }
    }
  }

  private readHeader(header: ProtobufReader): void {
    this.isThere = true;
    while (header.next()) {
      if (header.field == 1) this.name = lowerCase(header.text(MAX_NAME));
      else if (header.field == 3) this.value = header.content();
    }
    if (!isHeaderName(withoutColon(this.name)) || !isValue(this.value)) header.fail();
  }
}

function mayBeSet(name: string, value: ArrayBuffer, map: HeaderMapType): bool {
  if (name == ":path") return map == HeaderMapType.HttpRequestHeaders && value.byteLength > 0;
  if (name == ":status") return map == HeaderMapType.HttpResponseHeaders && isStatus(value);
  return isFree(name);
}

function isFree(name: string): bool {
  return !name.startsWith(":") && !name.startsWith("x-envoy-") && !FIXED.includes(name);
}

function withoutColon(name: string): string {
  return name.startsWith(":") ? name.substring(1) : name;
}

function isStatus(value: ArrayBuffer): bool {
  const text = bytesToString(value);
  return text.length == 3 && text >= "200" && text <= "599";
}

/** RFC 9110 §5.5: nothing that could end the line. */
function isValue(value: ArrayBuffer): bool {
  for (let i = 0; i < value.byteLength; i++) {
    const byte = byteAt(value, i);
    if ((byte < 0x20 && byte != 9) || byte == 0x7f) return false;
  }
  return true;
}
