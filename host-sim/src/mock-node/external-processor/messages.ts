/** What do the two messages of Envoy's ExternalProcessor/Process hold, once decoded? Shapes are those of external-processor.proto. */
import { codecOf } from "./proto-files.ts";

export const PROCESS_PATH = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";

/** What a message is about; the answer to it has the same name. */
export const phases = [
  "requestHeaders",
  "requestBody",
  "requestTrailers",
  "responseHeaders",
  "responseBody",
  "responseTrailers",
] as const;
export type Phase = (typeof phases)[number];

export interface HeaderValue {
  readonly key: string;
  readonly value?: string;
  readonly rawValue?: Uint8Array;
}

export interface HeaderMap {
  readonly headers: readonly HeaderValue[];
}

export interface HttpHeaders {
  readonly headers: HeaderMap | null;
  readonly endOfStream: boolean;
}

export interface HttpBody {
  /** An array without elements where it is empty: so protobufjs decodes what is not on the wire. */
  readonly body: Uint8Array | readonly [];
  readonly endOfStream: boolean;
}

export interface HttpTrailers {
  readonly trailers: HeaderMap | null;
}

export interface Struct {
  readonly fields: Readonly<Record<string, Value>>;
}

/** `kind` names the field that is set. */
export interface Value {
  readonly kind?: "nullValue" | "numberValue" | "stringValue" | "boolValue" | "structValue";
  readonly stringValue: string;
  readonly numberValue: number;
}

export const bodySendMode = { FULL_DUPLEX_STREAMED: 4, GRPC: 5 } as const;

export interface ProcessingRequest {
  /** Which of the six is set; undefined: none. */
  readonly request?: Phase;
  readonly requestHeaders: HttpHeaders | null;
  readonly requestBody: HttpBody | null;
  readonly requestTrailers: HttpTrailers | null;
  readonly responseHeaders: HttpHeaders | null;
  readonly responseBody: HttpBody | null;
  readonly responseTrailers: HttpTrailers | null;
  readonly attributes: Readonly<Record<string, Struct>>;
  readonly observabilityMode: boolean;
  readonly protocolConfig: {
    readonly requestBodyMode: number;
    readonly responseBodyMode: number;
  } | null;
}

export const appendAction = { OVERWRITE_IF_EXISTS_OR_ADD: 2 } as const;

export interface HeaderValueOption {
  readonly header: HeaderValue;
  readonly appendAction: number;
}

export interface HeaderMutation {
  readonly setHeaders?: readonly HeaderValueOption[];
}

export interface ImmediateResponse {
  readonly status: { readonly code: number };
  readonly headers: HeaderMutation;
  readonly body: Uint8Array;
  readonly grpcStatus?: { readonly status: number };
  readonly details: string;
}

/** An answer to one phase, or the answer that ends the request. */
export type ProcessingResponse =
  | { readonly [P in Phase]?: { readonly response?: object } }
  | { readonly immediateResponse: ImmediateResponse };

const file = "external-processor.proto";
const scope = "envoy.service.ext_proc.v3";

export const processingRequest = codecOf<ProcessingRequest>(file, `${scope}.ProcessingRequest`);
export const processingResponse = codecOf<ProcessingResponse>(file, `${scope}.ProcessingResponse`);
