/**
 * What does an external processor answer that lets everything go on? To each ProcessingRequest the response of the same kind,
 * empty; to one that only observes nothing (envoy/service/ext_proc/v3/external_processor.proto).
 */

/** Field numbers of the messages in a ProcessingRequest, and those of their answers in a ProcessingResponse. */
const ANSWER_OF: Readonly<Record<number, number>> = { 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6 };
const OBSERVABILITY_MODE = 10;
const REQUEST_HEADERS = 2;
const RESPONSE_HEADERS = 3;

export interface Processed {
  readonly isRequest: boolean;
  readonly isResponse: boolean;
  /** A whole gRPC message, if one is to be sent. */
  readonly answer: Buffer | undefined;
}

/** `grpc.health.v1.HealthCheckResponse`: SERVING. Its request has no field, or only the first, a name. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 0x08, 1]);
const isHealthCheck = (message: Buffer): boolean => message.length === 0 || message[0] === 0x0a;

/** Throws where the bytes are neither a ProcessingRequest nor a question about health. */
export function process(message: Buffer): Processed {
  if (isHealthCheck(message)) return { isRequest: false, isResponse: false, answer: SERVING };
  let kind = 0;
  let observes = false;
  let at = 0;
  while (at < message.length) {
    const key = varint(message, at);
    const value = varint(message, key.end);
    const field = key.value >> 3;
    if ((key.value & 7) === 2) {
      if (ANSWER_OF[field] !== undefined) kind = field;
      at = value.end + value.value;
    } else if ((key.value & 7) === 0) {
      observes ||= field === OBSERVABILITY_MODE && value.value === 1;
      at = value.end;
    } else throw new Error(`unexpected wire type in field ${field}`);
  }
  if (kind === 0 || at !== message.length) throw new Error("no ProcessingRequest");
  return {
    isRequest: kind === REQUEST_HEADERS,
    isResponse: kind === RESPONSE_HEADERS,
    answer: observes ? undefined : ANSWERS[ANSWER_OF[kind]!],
  };
}

/** gRPC frames: not compressed, two bytes: the field, of length 0. */
const ANSWERS = [0, 1, 2, 3, 4, 5, 6].map((field) =>
  Buffer.from([0, 0, 0, 0, 2, (field << 3) | 2, 0]),
);

function varint(bytes: Buffer, from: number): { value: number; end: number } {
  let value = 0;
  let at = from;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error("cut off");
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end: at };
  }
  throw new Error("number too long");
}
