// How are headers and trailers read and changed? ABI section "HTTP fields".
import {
  proxy_add_header_map_value,
  proxy_get_header_map_pairs,
  proxy_get_header_map_size,
  proxy_get_header_map_value,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_set_header_map_pairs,
} from "../abi/imports";
import {
  addressOf,
  sizeOf,
  RETURN_DATA,
  RETURN_SIZE,
  expectResult,
  takeResult,
} from "../abi/memory";
import { HeaderPairs } from "../abi/pairs";
import { SerializedPairs } from "../abi/serialized-pairs";
import { seen } from "../abi/status";
import { HeaderMapType, Status } from "../abi/types";
import { encodeUtf8 } from "../bytes/utf8";

/** All pairs of a map, in one hostcall. Null if the map can't be had now; ParseFailure if the host's bytes are malformed. */
export function getHeaderPairs(type: HeaderMapType): HeaderPairs | null {
  expectResult();
  const bytes = takeResult(proxy_get_header_map_pairs(type, RETURN_DATA, RETURN_SIZE));
  if (bytes === null) return null;
  const pairs = HeaderPairs.of(bytes);
  if (pairs === null) seen(Status.ParseFailure);
  return pairs;
}

/** Puts `pairs` in the place of a whole map. */
export function setHeaderPairs(type: HeaderMapType, pairs: SerializedPairs): Status {
  const bytes = pairs.bytes();
  return <Status>seen(proxy_set_header_map_pairs(type, addressOf(bytes), sizeOf(bytes)));
}

/** Size of a map, serialized, in bytes; 0 if it can't be had now, with the reason in `lastStatus`. */
export function getHeaderMapSize(type: HeaderMapType): u32 {
  expectResult();
  const status = seen(proxy_get_header_map_size(type, RETURN_SIZE));
  return status == Status.Ok ? load<u32>(RETURN_SIZE) : 0;
}

/** One value; null if there is none. Of a repeated header, Envoy gives the values joined by commas. */
export function getHeaderValue(type: HeaderMapType, name: string): ArrayBuffer | null {
  const nameBytes = encodeUtf8(name);
  expectResult();
  return takeResult(
    proxy_get_header_map_value(
      type,
      addressOf(nameBytes),
      sizeOf(nameBytes),
      RETURN_DATA,
      RETURN_SIZE,
    ),
  );
}

export function addHeader(type: HeaderMapType, name: string, value: string): Status {
  return addHeaderBytes(type, encodeUtf8(name), encodeUtf8(value));
}

export function addHeaderBytes(type: HeaderMapType, name: ArrayBuffer, value: ArrayBuffer): Status {
  return <Status>(
    seen(
      proxy_add_header_map_value(
        type,
        addressOf(name),
        sizeOf(name),
        addressOf(value),
        sizeOf(value),
      ),
    )
  );
}

/** Sets the only value of a header, which need not be there yet. */
export function replaceHeader(type: HeaderMapType, name: string, value: string): Status {
  return replaceHeaderBytes(type, encodeUtf8(name), encodeUtf8(value));
}

export function replaceHeaderBytes(
  type: HeaderMapType,
  name: ArrayBuffer,
  value: ArrayBuffer,
): Status {
  return <Status>(
    seen(
      proxy_replace_header_map_value(
        type,
        addressOf(name),
        sizeOf(name),
        addressOf(value),
        sizeOf(value),
      ),
    )
  );
}

/** Ok also if there was no such header. */
export function removeHeader(type: HeaderMapType, name: string): Status {
  const nameBytes = encodeUtf8(name);
  return <Status>seen(proxy_remove_header_map_value(type, addressOf(nameBytes), sizeOf(nameBytes)));
}
