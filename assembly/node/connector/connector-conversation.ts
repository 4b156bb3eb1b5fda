// What is a node asked and sent about one request, over HTTP? The node that was asked about part 0 is asked about the others
// too; another one, or another host behind the same name, is asked about all parts at once.
import { RequestHead } from "../../request-head";
import { RequestId } from "../../request-id";
import { BodyPart } from "../body-part";
import { Node } from "../node";
import { Outcome } from "../outcome";
import { Question } from "../question";
import { QUEUE_FULL } from "../refused-call";
import { Reply } from "../reply";
import { ResponseHead } from "../response-head";
import { Conversation } from "../transport";
import { NO_VERDICT } from "./batch";
import { BatchQueue } from "./batch-queue";
import { ConnectorTransport } from "./connector-transport";
import { writeLaterPart, writeRequest, writeResponse, writeResponseEnd } from "./message";
import { writeArrayHeader } from "./msgpack-writer";

@final
export class ConnectorConversation extends Conversation {
  private node: Node | null = null;

  constructor(
    private readonly transport: ConnectorTransport,
    private readonly id: RequestId,
    private readonly waits: bool,
  ) {
    super();
  }

  moveTo(node: Node): void {
    this.node = node;
  }

  send(question: Question): Reply | null {
    const chosen = this.nodeToAsk();
    const node = chosen === null ? this.transport.desk.pool.first : chosen;
    // Another one than was asked about this part before lacks those before it.
    if (question.node !== null && question.node !== node) question.asksAll = question.part > 0;
    question.node = node;
    question.turn = node.nextTurn();
    if (node.isDead) return new Reply(Outcome.NodeDead);
    if (!this.write(question)) return new Reply(Outcome.PartsMissing);
    return this.transport.call(node, question);
  }

  report(head: RequestHead | null, part: BodyPart): Reply | null {
    const queue = this.queueFor(this.nodeToAsk());
    if (queue === null) return this.lost;
    const out = queue.begin(part.length);
    if (out === null) return this.noted(QUEUE_FULL);
    if (head === null) writeLaterPart(out, this.id, this.waits, part);
    else writeRequest(out, this.id, this.waits, head, part, this.transport.api);
    return this.noted(queue.end(this.id, part.number));
  }

  /** Where nobody was asked, nobody waits for the rest. A copy: the parts before it may still be on their way. */
  reportAborted(part: BodyPart): Reply | null {
    const node = this.node;
    if (node === null) return null;
    const queue = this.queueFor(node);
    if (queue === null) return this.lost;
    const out = queue.begin(0);
    if (out === null) return this.noted(QUEUE_FULL);
    writeLaterPart(out, this.id, false, part);
    return this.noted(queue.end(this.id, part.number));
  }

  askAboutResponse(head: ResponseHead, question: Question): Reply | null {
    return new Reply(Outcome.Pass);
  }

  reportResponse(head: ResponseHead, part: BodyPart): Reply | null {
    const queue = this.queueFor(this.node);
    if (queue === null) return this.lost;
    const out = queue.begin(part.length);
    if (out === null) return this.noted(QUEUE_FULL);
    if (part.number == 0) writeResponse(out, this.id, head, part);
    else writeResponseEnd(out, this.id, part);
    return this.noted(queue.end(this.id, NO_VERDICT));
  }

  /** Null: nothing more of the request is sent. */
  private queueFor(node: Node | null): BatchQueue | null {
    if (this.lost !== null) return null;
    if (node !== null && !node.isDead) return this.transport.queueOf(node);
    this.lost = new Reply(Outcome.NodeDead);
    return null;
  }

  /** Without a message that is lost the node can make nothing of those behind it. */
  private noted(reply: Reply | null): Reply | null {
    if (reply !== null) this.lost = reply;
    return reply;
  }

  private nodeToAsk(): Node | null {
    if (this.node === null) this.node = this.transport.desk.pool.next();
    return this.node;
  }

  /** False: what is to be asked about is not held any more. */
  private write(question: Question): bool {
    const asked = question.asked!;
    const first: u32 = question.asksAll ? 0 : question.part;
    const out = this.transport.begin();
    writeArrayHeader(out, question.part - first + 1);
    for (let number = first; number <= question.part; number++) {
      const part = asked.partToAsk(number);
      const head = number == 0 ? asked.headToAsk() : null;
      if (part === null || (number == 0 && head === null)) return false;
      if (head === null) writeLaterPart(out, this.id, this.waits, part);
      else writeRequest(out, this.id, this.waits, head, part, this.transport.api);
    }
    return true;
  }
}
