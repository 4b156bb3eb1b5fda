/** Where are the .proto files, from the sources as well as from the bundle, and how does a message of theirs become bytes? */
import { existsSync, readFileSync } from "node:fs";
// grpc-js brings this library anyway, so that the bundle holds one protobuf implementation and not two.
import protobuf from "protobufjs";

export interface Codec<T> {
  readonly encode: (value: T) => Buffer;
  /** Throws where the bytes are not such a message. Fields that are absent have their default. */
  readonly decode: (bytes: Buffer) => T;
}

/** Of a message by its full name. The file is read when it is first needed: most commands have no use for it. */
export function codecOf<T extends object>(file: string, message: string): Codec<T> {
  let known: protobuf.Type | undefined;
  const type = (): protobuf.Type => (known ??= loadProto(file).lookupType(message));
  return {
    encode: (value) => Buffer.from(type().encode(value).finish()),
    decode: (bytes) => type().decode(bytes) as unknown as T,
  };
}

/** Beside this file; beside the bundle; and, from a bundle in the repository, in the sources. */
const folders = ["./", "./proto/", "../src/mock-node/external-processor/"];

const loaded = new Map<string, protobuf.Root>();

function loadProto(name: string): protobuf.Root {
  const before = loaded.get(name);
  if (before) return before;
  const url = folders
    .map((folder) => new URL(folder + name, import.meta.url))
    .find((at) => existsSync(at));
  if (url === undefined) throw new Error(`${name} is missing beside ${import.meta.url}`);
  const { root } = protobuf.parse(readFileSync(url, "utf8"));
  root.resolveAll();
  loaded.set(name, root);
  return root;
}
