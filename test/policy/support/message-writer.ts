/** How does the policy get to write a message that a test has as a value? By the calls that its streams would make. */
import { pairs, type Sdk } from "../../as-proxy-wasm/support/sdk.ts";

type Fields = readonly (readonly [name: string, value: Uint8Array])[];
type Whole = number | bigint;

export interface PartMessage {
  readonly id: Uint8Array;
  readonly part?: number;
  readonly last?: boolean;
  readonly mode?: string;
  readonly trailers?: Fields | undefined;
  readonly body?: Uint8Array | undefined;
  readonly body_size?: number | undefined;
  readonly truncated?: boolean;
  readonly aborted?: boolean | undefined;
}

export interface RequestMessage extends PartMessage {
  readonly type: string;
  readonly mode: string;
  readonly time: Whole;
  readonly client_ip: string;
  readonly scheme: string;
  /** What the client wrote, where it is not `scheme`. */
  readonly raw_scheme?: Uint8Array | undefined;
  readonly protocol: string;
  readonly method: string;
  readonly raw_method?: Uint8Array | undefined;
  readonly host: Uint8Array;
  readonly path: Uint8Array;
  readonly headers: Fields;
  readonly body_size: number;
  readonly api?: { id: string; name: string; version: string } | undefined;
}

interface ResponseMessage extends PartMessage {
  readonly type: string;
  readonly time: Whole;
  readonly status: number;
  readonly duration: Whole;
  readonly headers: Fields;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

export class MessageWriter {
  private readonly sdk: Sdk;

  constructor(sdk: Sdk) {
    this.sdk = sdk;
  }

  /** Bytes of a request, a later part, a response or a probe, told apart by `type`. */
  write(message: unknown): Uint8Array {
    const one = message as PartMessage & { type?: string };
    this.setPart(one);
    let bytes: string | null;
    if (one.type === "request") bytes = this.request(message as RequestMessage);
    else if (one.type === "response") bytes = this.response(message as ResponseMessage);
    else if (one.type === "probe") bytes = this.probe(message as RequestMessage);
    else bytes = this.sdk.bytes("laterPart", one.id, one.mode ?? "sync");
    return new Uint8Array(Buffer.from(bytes!, "latin1"));
  }

  /** In hex. */
  batchHeader(count: number): string {
    return Buffer.from(this.sdk.bytes("batchHeader", count)!, "latin1").toString("hex");
  }

  private setPart(message: PartMessage): void {
    const { part = 0, last = true, body_size = 0, truncated = false, aborted = false } = message;
    this.sdk.number("setPart", part, last, BigInt(body_size), truncated, aborted);
    if (message.body !== undefined) this.sdk.number("setBody", message.body, part % 5);
    if (message.trailers !== undefined) {
      this.sdk.number("setTrailers", serialized(message.trailers));
    }
  }

  private request(message: RequestMessage): string | null {
    const { id, name, version } = message.api ?? { id: "", name: "", version: "" };
    this.sdk.number("setApi", id, name, version);
    this.answerProperties(message);
    const headers = serialized(message.headers, {
      ":authority": message.host,
      ":path": message.path,
      ":method": message.raw_method ?? Buffer.from(message.method),
      ":scheme": message.raw_scheme ?? Buffer.from(message.scheme),
    });
    const { mode, time } = message;
    const args = [message.id, mode, BigInt(time), headers, ":authority", "x-real-ip"] as const;
    return this.sdk.bytes("requestMessage", ...args);
  }

  /** With the array of one message that it is sent in. */
  private probe({ id, time }: RequestMessage): string | null {
    const call = this.sdk.bytes("probeMessage", id, BigInt(time));
    return call === null ? null : call.slice(1);
  }

  private response(message: ResponseMessage): string | null {
    if (message.part !== undefined) return this.sdk.bytes("responseEnd", message.id);
    const headers = serialized(message.headers, {
      ":status": Buffer.from(String(message.status)),
    });
    const { id, time, status, duration } = message;
    return this.sdk.bytes("responseMessage", id, BigInt(time), status, BigInt(duration), headers);
  }

  /** The host tells the protocol, the address of the connection with its port, and whether it has TLS. */
  private answerProperties({ protocol, client_ip: ip, scheme }: RequestMessage): void {
    const told: Record<string, string> = {
      "request\0protocol": protocol,
      "source\0address": ip.includes(":") ? `[${ip}]:40000` : ip && `${ip}:40000`,
      ...(scheme === "https" && { "connection\0tls_version": "TLSv1.3" }),
    };
    this.sdk.host.answer("proxy_get_property", (path) => {
      const value = told[String(path)];
      return value === undefined ? { status: 1 } : { results: [value] };
    });
  }
}

function serialized(fields: Fields, pseudo: Record<string, Uint8Array> = {}): Uint8Array {
  const all = [...Object.entries(pseudo), ...fields];
  return pairs(...all.map(([name, value]) => [name, latin1(value)] as const));
}
