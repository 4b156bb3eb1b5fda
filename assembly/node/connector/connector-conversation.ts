// What is told of one request over HTTP, and to which node? The node that got part 0 gets all the rest; only part 0 may go to
// another, and only when no node has seen it.
import { ByteWriter } from "as-proxy-wasm";
import { mayKeepTold } from "../../body-memory";
import { RequestHead } from "../../request-head";
import { RequestId } from "../../request-id";
import { BodyPart } from "../body-part";
import { Node } from "../node";
import { Outcome } from "../outcome";
import { Question } from "../question";
import { Reply } from "../reply";
import { ResponseHead } from "../response-head";
import { Conversation } from "../transport";
import { NO_VERDICT } from "./batch";
import { QUEUE_FULL } from "./batch-queue";
import { ConnectorTransport } from "./connector-transport";
import { writeLaterPart, writeRequest, writeResponse } from "./message";

export class ConnectorConversation extends Conversation {
  private node: Node | null = null;
  /** A later part was told to `node`: it can't be changed any more. */
  private isBound: bool = false;

  constructor(
    private readonly transport: ConnectorTransport,
    private readonly id: RequestId,
    private readonly waits: bool,
  ) {
    super();
  }

  tellRequest(head: RequestHead | null, part: BodyPart, question: Question | null): Reply | null {
    if (head !== null) this.node = this.transport.pool.next();
    else this.isBound = true;
    const node = this.node;
    let told: Reply | null = new Reply(Outcome.NodeDead);
    if (node !== null && !node.isDead) {
      if (question !== null) return this.ask(node, head, part, question);
      told = this.copy(node, head, part);
    }
    part.release();
    return told;
  }

  private ask(
    node: Node,
    head: RequestHead | null,
    part: BodyPart,
    question: Question,
  ): Reply | null {
    this.write(this.transport.begin(), head, part);
    question.retries = this.transport.retries;
    let told = this.transport.send(node, question);
    if (told !== null && head !== null) told = this.sendElsewhere(told, question);
    if (told === null && question.retries > 0 && mayKeepTold()) question.keep(this, head, part);
    else part.release();
    return told;
  }

  private copy(node: Node, head: RequestHead | null, part: BodyPart): Reply | null {
    const queue = this.transport.queueOf(node);
    const out = queue.begin(part.length);
    if (out === null) return QUEUE_FULL;
    this.write(out, head, part);
    return queue.end(this.id, part.number);
  }

  /** The message is still there: the gateway has refused it at once. */
  private sendElsewhere(refused: Reply, question: Question): Reply | null {
    let told: Reply | null = refused;
    while (told !== null && question.retries > 0) {
      const other = this.transport.pool.after(this.node!);
      if (other === null || other === this.node) break;
      this.node = other;
      told = this.transport.sendAgain(other, question);
    }
    return told;
  }

  tellAgain(question: Question): bool {
    const part = question.told;
    const before = this.node;
    if (part === null || before === null) return false;
    let node: Node | null = before.isDead ? null : before;
    if (!this.isBound) node = this.transport.pool.after(before);
    if (node === null) return false;
    this.node = node;
    this.write(this.transport.begin(), question.head, part);
    if (this.transport.sendAgain(node, question) !== null) return false;
    if (question.retries == 0) question.forget();
    return true;
  }

  tellResponseHead(head: ResponseHead, question: Question): Reply | null {
    return new Reply(Outcome.Pass);
  }

  tellResponse(head: ResponseHead, part: BodyPart): Reply | null {
    const node = this.node;
    if (node === null || node.isDead) return new Reply(Outcome.NodeDead);
    const queue = this.transport.queueOf(node);
    const out = queue.begin(part.length);
    if (out === null) return QUEUE_FULL;
    writeResponse(out, this.id, head, part);
    return queue.end(this.id, NO_VERDICT);
  }

  end(): void {}

  private write(message: ByteWriter, head: RequestHead | null, part: BodyPart): void {
    if (head === null) writeLaterPart(message, this.id, part);
    else writeRequest(message, this.id, this.waits, head, part, this.transport.api);
  }
}
