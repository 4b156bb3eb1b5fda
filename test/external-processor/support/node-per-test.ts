/** A node for each test of a file, and streams to it that end with the test. */
import { afterEach, beforeEach } from "vitest";
import type { MockNode } from "../../../host-sim/src/mock-node/index.ts";
import { golden } from "../golden.ts";
import { ProcessStream } from "./grpc-client.ts";
import { startNode } from "./scene.ts";

export class NodePerTest {
  node!: MockNode;
  #streams: ProcessStream[] = [];

  constructor() {
    beforeEach(() => this.start());
    afterEach(async () => {
      for (const stream of this.#streams) stream.close();
      this.#streams = [];
      await this.node.close();
    });
  }

  /** In place of the one before. */
  async start(config: object = {}): Promise<void> {
    await this.node?.close();
    this.node = await startNode(config);
  }

  /** A stream whose first message has been sent: a golden one by its name, or any bytes. */
  open(first: string | Buffer = "request-headers-post"): ProcessStream {
    const stream = new ProcessStream(this.node.url);
    this.#streams.push(stream);
    stream.send(typeof first === "string" ? golden(first) : first);
    return stream;
  }
}
