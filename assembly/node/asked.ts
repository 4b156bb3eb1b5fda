// What is a node asked about? The parts of one request, that can be sent again from the first for as long as they are held.
import { RequestHead } from "../request-head";
import { RequestId } from "../request-id";
import { BodyPart } from "./body-part";

export abstract class Asked {
  constructor(readonly id: RequestId) {}

  /** Null: it went on and is not kept. */
  abstract headToAsk(): RequestHead | null;

  /** Part `number`, one of those that were asked about. Null: its bytes went on and are not kept. */
  abstract partToAsk(number: u32): BodyPart | null;
}
