// Which API is this policy applied to? What the gateway tells of it, kept for log lines, metric names and messages.
import { ByteWriter } from "as-proxy-wasm";
import { writeKey, writeMapHeader, writeText } from "./node/connector/msgpack-writer";

export class ApiIdentity {
  constructor(
    readonly id: string,
    readonly name: string,
    readonly version: string,
  ) {}

  /** False on a plain Envoy, which knows no APIs: messages then have no `api`. */
  get isKnown(): bool {
    return this.id.length > 0;
  }

  writeTo(out: ByteWriter): void {
    writeKey(out, "api");
    writeMapHeader(out, 3);
    writeKey(out, "id");
    writeText(out, this.id);
    writeKey(out, "name");
    writeText(out, this.name);
    writeKey(out, "version");
    writeText(out, this.version);
  }
}
