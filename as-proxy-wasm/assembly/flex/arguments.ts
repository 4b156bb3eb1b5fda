// How do arguments get to the Flex agent? As a JSON array of strings.
import { ByteWriter } from "../bytes/byte-writer";

const HEX: string = "0123456789abcdef";

export function encodeArguments(values: string[]): ArrayBuffer {
  const writer = new ByteWriter();
  writer.writeU8(0x5b);
  for (let i = 0; i < values.length; i++) {
    if (i > 0) writer.writeU8(0x2c);
    writeJsonString(writer, unchecked(values[i]));
  }
  writer.writeU8(0x5d);
  return writer.toArrayBuffer();
}

/** A JSON string: quotes, backslashes and control characters escaped, the rest UTF-8 as it is. */
export function writeJsonString(writer: ByteWriter, value: string): void {
  writer.writeU8(0x22);
  let plain = 0;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit != 0x22 && unit != 0x5c && unit >= 0x20) continue;
    writer.writeString(value.substring(plain, i));
    writeEscape(writer, unit);
    plain = i + 1;
  }
  writer.writeString(value.substring(plain));
  writer.writeU8(0x22);
}

function writeEscape(writer: ByteWriter, unit: i32): void {
  writer.writeU8(0x5c);
  if (unit >= 0x20) {
    writer.writeU8(unit);
    return;
  }
  writer.writeString("u00");
  writer.writeU8(HEX.charCodeAt(unit >> 4));
  writer.writeU8(HEX.charCodeAt(unit & 15));
}
