/** How are the few protobuf messages serialized that attributes tell as a whole: Struct, Metadata, Node? */
import { utf8ToBytes } from "../../wasm/byte-string.ts";
import type { Json, JsonObject, NodeInfo } from "../node-info.ts";
import { structValue, text, type MessageValue, type Value } from "./value.ts";

const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  bytes.push(left);
  return Uint8Array.from(bytes);
};

/** A field of wire type 2: its length, then its bytes. */
const field = (number: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);

const stringField = (number: number, value: string): Uint8Array =>
  value === "" ? new Uint8Array(0) : field(number, utf8ToBytes(value));

function encodeValue(json: Json): Uint8Array {
  if (json === null) return Uint8Array.of(0x08, 0);
  if (typeof json === "boolean") return Uint8Array.of(0x20, json ? 1 : 0);
  if (typeof json === "string") return field(3, utf8ToBytes(json));
  if (typeof json === "number") {
    const bytes = Buffer.alloc(9);
    bytes[0] = 0x11;
    bytes.writeDoubleLE(json, 1);
    return bytes;
  }
  if (Array.isArray(json)) {
    return field(
      6,
      Buffer.concat((json as readonly Json[]).map((each) => field(1, encodeValue(each)))),
    );
  }
  return field(5, encodeStruct(json as JsonObject));
}

const mapEntry = (name: string, value: Uint8Array): Uint8Array =>
  field(1, Buffer.concat([field(1, utf8ToBytes(name)), field(2, value)]));

function encodeStruct(object: JsonObject): Uint8Array {
  return Buffer.concat(
    Object.entries(object).map(([name, value]) => mapEntry(name, encodeValue(value))),
  );
}

/** `envoy.config.core.v3.Metadata`: filter metadata only. */
export function metadataMessage(filterMetadata: JsonObject): MessageValue {
  const empty: Value = { kind: "map", get: () => undefined, entries: () => [] };
  return {
    kind: "message",
    get: (name) => {
      if (name === "filter_metadata") return structValue(filterMetadata);
      return name === "typed_filter_metadata" ? empty : undefined;
    },
    serialize: () =>
      Buffer.concat(
        Object.entries(filterMetadata).map(([name, value]) =>
          mapEntry(name, encodeStruct(value as JsonObject)),
        ),
      ),
  };
}

/** `envoy.config.core.v3.Node`: what a gateway is told about itself. */
export function nodeMessage(node: NodeInfo): MessageValue {
  const fields: Record<string, () => Value> = {
    id: () => text(node.id),
    cluster: () => text(node.cluster),
    metadata: () => structValue(node.metadata),
    user_agent_name: () => text("envoy"),
  };
  return {
    kind: "message",
    get: (name) => (Object.hasOwn(fields, name) ? fields[name]?.() : undefined),
    serialize: () => {
      const metadata = encodeStruct(node.metadata);
      return Buffer.concat([
        stringField(1, node.id),
        stringField(2, node.cluster),
        metadata.length === 0 ? metadata : field(3, metadata),
        stringField(6, "envoy"),
      ]);
    },
  };
}
