// How are the host's attributes read and written? ABI section "Properties".
import { proxy_get_property, proxy_set_property } from "../abi/imports";
import {
  addressOf,
  sizeOf,
  RETURN_DATA,
  RETURN_SIZE,
  expectResult,
  takeResult,
} from "../abi/memory";
import { seen } from "../abi/status";
import { Status } from "../abi/types";
import { encodeUtf8 } from "../bytes/utf8";

/** The path of a property, encoded once: segments with a zero byte between them. */
@final
export class PropertyPath {
  private constructor(readonly bytes: ArrayBuffer) {}

  static of(segments: string[]): PropertyPath {
    return new PropertyPath(encodeUtf8(segments.join("\0")));
  }
}

/** The value's bytes: text for strings, little endian for numbers. Null if there is no such property now. */
export function getProperty(path: PropertyPath): ArrayBuffer | null {
  return getPropertyByBytes(path.bytes);
}

/** For the SDK: `path` as the host wants it. */
export function getPropertyByBytes(path: ArrayBuffer): ArrayBuffer | null {
  expectResult();
  return takeResult(proxy_get_property(addressOf(path), sizeOf(path), RETURN_DATA, RETURN_SIZE));
}

export function setProperty(path: PropertyPath, value: ArrayBuffer): Status {
  const bytes = path.bytes;
  return <Status>(
    seen(proxy_set_property(addressOf(bytes), sizeOf(bytes), addressOf(value), sizeOf(value)))
  );
}
