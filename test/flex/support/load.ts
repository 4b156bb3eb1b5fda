/** Clients that ask without a pause, each on a connection that it keeps, until they are stopped; every answer is looked at. */
import { Agent, request, type IncomingMessage, type RequestOptions } from "node:http";

export interface Shot {
  readonly path: string;
  readonly method: string;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly connection: number;
}

export class Load {
  readonly failures: string[] = [];
  readonly connections = new Set<number>();
  answers = 0;
  readonly #running: Promise<void>[];
  #stopped = false;

  /** `check` says what is wrong with an answer. */
  constructor(
    url: string,
    shots: readonly Shot[],
    clients: number,
    check: (shot: Shot, answer: Answer) => string | undefined,
  ) {
    this.#running = Array.from({ length: clients }, (_, i) => this.#client(url, shots, i, check));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #client(
    url: string,
    shots: readonly Shot[],
    first: number,
    check: (shot: Shot, answer: Answer) => string | undefined,
  ): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = first; !this.#stopped; i++) {
      const shot = shots[i % shots.length]!;
      try {
        const answer = await fire(url + shot.path, { agent, method: shot.method }, shot.body);
        this.answers++;
        this.connections.add(answer.connection);
        const problem = check(shot, answer);
        if (problem !== undefined) this.failures.push(`${shot.method} ${shot.path}: ${problem}`);
      } catch (error) {
        this.failures.push(`${shot.method} ${shot.path}: ${String(error)}`);
      }
    }
    agent.destroy();
  }
}

async function fire(url: string, options: RequestOptions, body?: string): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, options, resolve).on("error", reject).end(body);
  });
  const connection = response.socket.localPort ?? 0;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), connection };
}
