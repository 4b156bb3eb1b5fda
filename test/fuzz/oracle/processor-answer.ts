/**
 * What may the policy make of what an external processor answers? By Envoy's ext_proc protocol and docs/nodes.md, worked out apart
 * from the policy. Where a message is odd in a way that decoders differ about (a known field of another wire type), it is `odd`:
 * then only safety is asked for.
 */
import { fieldsOf, type Field } from "./protobuf.ts";

export interface ProcessorAnswer {
  readonly malformed: boolean;
  readonly odd: boolean;
  /** Number of the answer's field: 1 request headers … 5 request trailers, 7 immediate; 0 none. */
  readonly kind: number;
  /** Of an immediate answer. */
  readonly status: number;
  readonly body: string;
  readonly replaces: boolean;
  readonly asksForTime: boolean;
  readonly mutation: Uint8Array | null;
  readonly skipsRequestBody: boolean;
  readonly skipsRequestTrailers: boolean;
  readonly skipsResponse: boolean;
}

type Mutable = { -readonly [K in keyof ProcessorAnswer]: ProcessorAnswer[K] };
const IMMEDIATE = 7;
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

export function readProcessorAnswer(message: Uint8Array): ProcessorAnswer {
  const answer: Mutable = {
    malformed: false,
    odd: false,
    kind: 0,
    status: 200,
    body: "",
    replaces: false,
    asksForTime: false,
    mutation: null,
    skipsRequestBody: false,
    skipsRequestTrailers: false,
    skipsResponse: false,
  };
  let answers = 0;
  for (const field of all(answer, message)) {
    if (field.number <= IMMEDIATE) {
      if (++answers > 1) answer.odd = true; // of a oneof that stands twice decoders may merge
      readOne(answer, field);
    } else if (field.number === 9) readModes(answer, field);
    else if (field.number === 10) {
      answer.asksForTime = true;
      if (field.wire !== 2) answer.odd = true;
    }
  }
  return answer;
}

/** The fields of a message inside; those that can't be are noted. */
function all(answer: Mutable, message: Uint8Array): readonly Field[] {
  const fields = fieldsOf(message);
  if (fields === undefined) answer.malformed = true;
  return fields ?? [];
}

function inside(answer: Mutable, field: Field): readonly Field[] {
  if (field.wire === 2) return all(answer, field.bytes);
  answer.odd = true;
  return [];
}

function readOne(answer: Mutable, field: Field): void {
  answer.kind = field.number;
  answer.mutation = null;
  answer.replaces = false;
  for (const inner of inside(answer, field)) {
    if (field.number === IMMEDIATE) readImmediate(answer, inner);
    else if (inner.number !== 1) continue;
    else if (field.number >= 5) readMutation(answer, inner);
    else {
      for (const common of inside(answer, inner)) {
        if (common.number === 1) answer.replaces = common.value === 1;
        else if (common.number === 2) readMutation(answer, common);
        if (common.number <= 3 && (common.wire === 0) !== (common.number === 1)) answer.odd = true;
      }
    }
  }
}

function readMutation(answer: Mutable, field: Field): void {
  if (field.wire !== 2) answer.odd = true;
  if (answer.mutation !== null) answer.odd = true; // a message that stands twice is merged
  answer.mutation = field.bytes;
}

function readImmediate(answer: Mutable, field: Field): void {
  if (field.number === 1) {
    let code = 0;
    for (const one of inside(answer, field)) {
      if (one.number === 1) code = one.value;
      if (one.wire !== 0) answer.odd = true;
    }
    answer.status = code >= 200 && code <= 999 ? code : 200;
  } else if (field.number <= 5) {
    if (field.wire !== 2) answer.odd = true;
    if (field.number === 3) answer.body = latin1(field.bytes);
    if (field.number === 2 && field.bytes.length > 0) answer.odd ||= !isPlainHeaders(field.bytes);
    if (field.number === 4 && fieldsOf(field.bytes) === undefined) answer.malformed = true;
  }
}

function readModes(answer: Mutable, field: Field): void {
  answer.skipsRequestBody = true;
  for (const mode of inside(answer, field)) {
    if (mode.wire !== 0) answer.odd = true;
    if (mode.number === 2) answer.skipsResponse = mode.value === 2;
    if (mode.number === 3) answer.skipsRequestBody = mode.value === 0;
    if (mode.number === 5) answer.skipsRequestTrailers = mode.value === 2;
  }
}

/** A header of a mutation, by name and value; undefined if anything about it is unusual. */
export interface SetHeader {
  readonly name: string;
  readonly value: string;
  readonly appends: boolean;
}
const NAME = /^[a-z0-9-]+$/;
const VALUE = /^[\x20-\x7e]*$/;

export function setHeadersOf(mutation: Uint8Array): SetHeader[] | undefined {
  const fields = fieldsOf(mutation);
  if (fields === undefined || fields.length > 90) return undefined;
  const headers: SetHeader[] = [];
  for (const field of fields) {
    const header = field.number === 1 && field.wire === 2 ? setHeader(field.bytes) : undefined;
    if (header === undefined) return undefined;
    headers.push(header);
  }
  return headers;
}

function setHeader(option: Uint8Array): SetHeader | undefined {
  const [header, append, ...more] = fieldsOf(option) ?? [];
  if (header?.number !== 1 || header.wire !== 2 || more.length > 0) return undefined;
  if (append !== undefined && (append.number !== 2 || append.wire !== 2)) return undefined;
  const flag = append === undefined ? [] : fieldsOf(append.bytes);
  const [key, raw, ...others] = fieldsOf(header.bytes) ?? [];
  if (key?.number !== 1 || key.wire !== 2 || raw?.number !== 3 || raw.wire !== 2) return undefined;
  const name = latin1(key.bytes);
  const value = latin1(raw.bytes);
  if (others.length > 0 || flag === undefined || flag.length > 1) return undefined;
  if (flag.some(({ number, wire }) => number !== 1 || wire !== 0)) return undefined;
  if (!NAME.test(name) || !VALUE.test(value)) return undefined;
  return { name, value, appends: (flag[0]?.value ?? 0) !== 0 };
}

const isPlainHeaders = (mutation: Uint8Array): boolean => setHeadersOf(mutation) !== undefined;
