/** How are the messages of an external processor read and written? By protobufjs, from a definition beside this file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";

const FILE = join(import.meta.dirname, "external-processor.proto");
const { root } = protobuf.parse(readFileSync(FILE, "utf8"), { keepCase: true });

const type = (name: string): protobuf.Type => root.lookupType(`envoy.service.ext_proc.v3.${name}`);

export const ProcessingRequest = type("ProcessingRequest");
export const ProcessingResponse = type("ProcessingResponse");

interface Pair {
  readonly key: string;
  readonly raw_value: Buffer;
}

interface Raw {
  readonly request: string;
  readonly [kind: string]: unknown;
}

/** What a client of the processor said, in a form that reads well in a test. */
export interface Told {
  /** `request_headers`, `request_body` … */
  readonly kind: string;
  /** `name: value`, one character a byte; of headers and trailers. */
  readonly headers?: readonly string[];
  readonly body?: Buffer;
  readonly endOfStream: boolean;
  readonly observability: boolean;
  readonly attributes?: unknown;
  readonly protocolConfig?: unknown;
}

export function readTold(bytes: Uint8Array): Told {
  const message = ProcessingRequest.decode(bytes);
  const raw = ProcessingRequest.toObject(message, { oneofs: true, longs: Number }) as Raw;
  const inner = raw[raw.request] as Record<string, unknown>;
  const map = (inner.headers ?? inner.trailers) as { headers?: Pair[] } | undefined;
  return {
    kind: raw.request,
    ...(map !== undefined && { headers: (map.headers ?? []).map(headerLine) }),
    ...(raw.request.endsWith("_body") && { body: Buffer.from((inner.body as Buffer) ?? []) }),
    endOfStream: inner.end_of_stream === true,
    observability: raw.observability_mode === true,
    ...(raw.attributes !== undefined && { attributes: raw.attributes }),
    ...(raw.protocol_config !== undefined && { protocolConfig: raw.protocol_config }),
  };
}

const headerLine = ({ key, raw_value: value }: Pair): string =>
  `${key}: ${Buffer.from(value ?? []).toString("latin1")}`;

/** Bytes of a `ProcessingResponse`, given by the names of the definition. */
export const replyBytes = (reply: object): Buffer => {
  const problem = ProcessingResponse.verify(reply);
  if (problem !== null) throw new Error(problem);
  return Buffer.from(ProcessingResponse.encode(ProcessingResponse.fromObject(reply)).finish());
};
