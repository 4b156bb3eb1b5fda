// What does an external processor answer? A envoy.service.ext_proc.v3.ProcessingResponse, as far as a filter that holds
// requests but never changes bodies can act on it.
import { ClientAnswer } from "../reply";
import { headersOfAnswer } from "./header-mutation";
import { ProtobufReader } from "./protobuf-reader";
import { mapCharacters } from "../../ascii";

const IMMEDIATE_RESPONSE: u32 = 7;
const LAST_KIND: u32 = IMMEDIATE_RESPONSE;
const REQUEST_TRAILERS: u32 = 5;
const MODE_OVERRIDE: u32 = 9;
const OVERRIDE_MESSAGE_TIMEOUT: u32 = 10;

const CONTINUE_AND_REPLACE: u32 = 1;
const SKIP: u32 = 2;
const MAX_DETAILS: u32 = 200;

export class ProcessingResponse {
  failed: bool = false;
  /** Field number of what is answered, one less than that of the message; 0 if there is none. */
  kind: u32 = 0;
  /** A `HeaderMutation`. */
  mutation: ArrayBuffer | null = null;
  mutatesBody: bool = false;
  /** The processor wants no more of this message. */
  replaces: bool = false;
  answer: ClientAnswer | null = null;
  /** Only asks for more time, which Envoy's filter does not give by default. */
  asksForTime: bool = false;
  skipsRequestBody: bool = false;
  skipsRequestTrailers: bool = false;
  skipsResponseTrailers: bool = false;
  skipsResponse: bool = false;
  skipsResponseBody: bool = false;

  constructor(bytes: ArrayBuffer) {
    const reader = new ProtobufReader(bytes);
    while (reader.next()) {
      if (reader.field <= LAST_KIND) this.readAnswer(reader.field, reader.message());
      else if (reader.field == MODE_OVERRIDE) this.readModes(reader.message());
      else if (reader.field == OVERRIDE_MESSAGE_TIMEOUT) this.asksForTime = true;
    }
    this.failed = reader.failed;
  }

  private readAnswer(kind: u32, answer: ProtobufReader): void {
    // Of several answers in one message the last counts.
    this.kind = kind;
    this.answer = null;
    this.mutation = null;
    this.mutatesBody = false;
    this.replaces = false;
    if (kind == IMMEDIATE_RESPONSE) this.readImmediate(answer);
    else {
      while (answer.next()) {
        if (answer.field != 1) continue;
        // Of trailers the mutation stands in the answer itself.
        if (kind >= REQUEST_TRAILERS) this.mutation = answer.content();
        else this.readCommon(answer.message());
      }
    }
  }

  private readCommon(common: ProtobufReader): void {
    while (common.next()) {
      if (common.field == 1) this.replaces = common.number == CONTINUE_AND_REPLACE;
      else if (common.field == 2) this.mutation = common.content();
      else if (common.field == 3) this.mutatesBody = common.number > 0;
    }
  }

  private readImmediate(reader: ProtobufReader): void {
    const answer = new ClientAnswer();
    this.answer = answer;
    while (reader.next()) {
      if (reader.field == 1) answer.status = numberIn(reader.message());
      else if (reader.field == 2) {
        const headers = headersOfAnswer(reader.message());
        if (headers !== null) answer.headers = headers;
        else reader.fail();
      } else if (reader.field == 3) answer.body = reader.content();
      else if (reader.field == 4) answer.grpcStatus = i32(numberIn(reader.message()));
      else if (reader.field == 5) {
        answer.details = mapCharacters(reader.text(MAX_DETAILS), (code) =>
          code <= 0x20 ? 0x5f : code,
        );
      }
    }
    // As in Envoy: what is no final status is 200.
    if (answer.status < 200 || answer.status > 999) answer.status = 200;
  }

  /** A `ProcessingMode`. Modes of bodies have no default: NONE is 0. Of heads and trailers 0 leaves all as it is. */
  private readModes(modes: ProtobufReader): void {
    this.skipsRequestBody = true;
    this.skipsResponseBody = true;
    while (modes.next()) {
      if (modes.field == 2) this.skipsResponse = modes.number == SKIP;
      else if (modes.field == 3) this.skipsRequestBody = modes.number == 0;
      else if (modes.field == 4) this.skipsResponseBody = modes.number == 0;
      else if (modes.field == 5) this.skipsRequestTrailers = modes.number == SKIP;
      else if (modes.field == 6) this.skipsResponseTrailers = modes.number == SKIP;
    }
  }
}

/** The only field of an `HttpStatus` or a `GrpcStatus`. */
function numberIn(message: ProtobufReader): u32 {
  let number: u32 = 0;
  while (message.next()) if (message.field == 1) number = message.number;
  return number;
}
