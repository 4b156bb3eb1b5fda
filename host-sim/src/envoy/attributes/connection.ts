/** Attributes of the client's connection: `connection`, `source`, `destination`. */
import type { StreamInfo } from "../stream-info.ts";
import { bool, int, text, wrapper, type Value } from "./value.ts";

/** `connection.mtls` is false and certificates are not there: the simulator asks no client for one. */
export function connectionValue(info: StreamInfo): Value {
  return wrapper({
    mtls: () => bool(false),
    id: () => int(info.connectionId),
    requested_server_name: () => text(""),
  });
}

export function sourceValue(info: StreamInfo): Value {
  return peer(info.sourceAddress);
}

export function destinationValue(info: StreamInfo): Value {
  return peer(info.connection.destinationAddress);
}

export function peer(address: string): Value {
  return wrapper({ address: () => text(address), port: () => portOf(address) });
}

export function portOf(address: string): Value | undefined {
  const port = /:(\d+)$/.exec(address)?.[1];
  return port === undefined ? undefined : int(Number(port));
}
