/**
 * Does the policy keep its promises in the simulator too, driven through its public door? Slower than the driver by far, but here the
 * buffers, the watermarks and the order of events are the simulator's, and time is a clock that the game moves.
 */
import { readFileSync } from "node:fs";
import { encode } from "@msgpack/msgpack";
import { afterEach, expect, it } from "vitest";
import {
  createGateway,
  ManualClock,
  type Gateway,
  type OpenStream,
} from "../../host-sim/src/index.ts";
import { decodeMessages, type Message } from "../support/node/messages.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { Choices } from "./choices.ts";

const SEED = Number(process.env.FUZZ_SEED ?? 20261122);
const GAMES = 60;
const LIMIT = 64;
type Answer = "pass" | "block" | "503" | "silence" | "rubbish";

interface Client {
  readonly mark: string;
  readonly stream: OpenStream;
  readonly body: Uint8Array;
  sent: number;
  hasEnded: boolean;
  hasLeft: boolean;
}

class Game {
  readonly clients: Client[] = [];
  /** Bytes that have a verdict of pass, by mark; absent: not even the head has. */
  readonly judged = new Map<string, number>();
  readonly refused = new Set<string>();
  /** Requests that have found the node full. */
  readonly full = new Set<string>();
  readonly #passed = new Set<string>();
  readonly #marks = new Map<string, string>();
  readonly #choices: Choices;
  gateway!: Gateway;

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  async start(): Promise<void> {
    const config = {
      wallarm_node: "http://node",
      wallarm_cluster: "node",
      fallback_action: "block",
    };
    const limits = { request_body_limit: LIMIT, node_timeout_ms: 300 };
    this.gateway = await createGateway({
      wasm: readFileSync(POLICY_WASM),
      config: { ...config, ...limits },
      allowOnHeadersStopIteration: !this.#choices.oneIn(4),
      bufferLimit: this.#choices.pick([1 << 20, 256, 100]),
      clock: new ManualClock(),
      clusters: { node: (request) => this.#judge(request) },
      upstream: async (request) => new Response(`got ${(await request.arrayBuffer()).byteLength}`),
    });
  }

  async #judge(request: Request): Promise<Response> {
    const messages = decodeMessages(new Uint8Array(await request.arrayBuffer()));
    const [message] = messages as [Message];
    const answer = message.type === "response" ? "pass" : this.#answerTo(message);
    if (answer === "silence") return new Promise(() => {});
    const verdict = { id: Buffer.from(message.id, "hex"), part: message.part, action: answer };
    const body =
      answer === "rubbish"
        ? Buffer.from("?")
        : encode(message.type === "response" ? [] : [verdict]);
    const headers = { "x-wallarm-node": "1" };
    return new Response(answer === "503" ? "" : body, {
      status: answer === "503" ? 503 : 200,
      headers,
    });
  }

  #answerTo(message: Message): Answer {
    // The node lives, whatever it makes of a client's message.
    if (message.type === "probe") return "pass";
    const told = message.headers.find(([name]) => name === "x-mark")?.[1];
    const mark = told ?? this.#marks.get(message.id)!;
    this.#marks.set(message.id, mark);
    const answers = [12, "pass"] as const;
    const answer = this.#choices.weighted<Answer>(
      answers,
      [1, "block"],
      [1, "503"],
      [1, "silence"],
      [1, "rubbish"],
    );
    const part = `${mark} ${message.part}`;
    if (answer === "pass" && !this.#passed.has(part)) {
      this.#passed.add(part);
      this.judged.set(mark, (this.judged.get(mark) ?? 0) + (message.body?.length ?? 0));
    } else if (answer === "503") this.full.add(mark);
    else if (answer !== "pass") this.refused.add(mark);
    return answer;
  }

  open(): void {
    const mark = `m${this.clients.length}`;
    const size = this.#choices.pick([0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 3 * LIMIT, 1000]);
    const headers = [["x-mark", mark]] as const;
    const httpVersion = this.#choices.pick(["1.1", "2"] as const);
    const stream = this.gateway.openStream({ headers, endStream: size === 0, httpVersion });
    const body = new Uint8Array(size).fill(7);
    this.clients.push({ mark, stream, body, sent: 0, hasEnded: size === 0, hasLeft: false });
  }

  /** An honest client sends no more while it is held back. */
  send(client: Client): void {
    const { stream, body } = client;
    if (
      client.hasEnded ||
      client.hasLeft ||
      stream.client.heldBack ||
      stream.client.headers !== null
    )
      return;
    const left = body.length - client.sent;
    const size = Math.min(left, this.#choices.pick([left, 1, 10, LIMIT, LIMIT + 1]));
    client.sent += size;
    const isLast = client.sent === body.length && (size === 0 || this.#choices.oneIn(2));
    client.hasEnded = isLast;
    if (size > 0 || isLast)
      stream.client.send(body.subarray(client.sent - size, client.sent), isLast);
  }

  leave(client: Client): void {
    client.hasLeft = true;
    client.stream.client.reset();
  }

  check(): void {
    for (const { headers, bodySize } of this.gateway.upstreamRequests) {
      const mark = headers.getFirst("x-mark")!;
      expect(this.judged.has(mark), `${mark} came without a verdict`).toBe(true);
      expect(bodySize, mark).toBeLessThanOrEqual(this.judged.get(mark)!);
    }
  }

  async step(): Promise<void> {
    const choices = this.#choices;
    const client = this.clients.length === 0 ? undefined : choices.pick(this.clients);
    const kind = choices.int(10);
    if (client === undefined || kind === 0) this.open();
    else if (kind < 6) this.send(client);
    else if (kind === 6 && choices.oneIn(3)) this.leave(client);
    await (this.gateway.clock as ManualClock).advance(choices.pick([0, 0, 50, 100, 1500]));
    this.check();
  }

  async finish(): Promise<void> {
    for (let round = 0; round < 1200 && this.clients.some((client) => isOpen(client)); round++) {
      for (const client of this.clients) this.send(client);
      await (this.gateway.clock as ManualClock).advance(100);
      this.check();
    }
    await (this.gateway.clock as ManualClock).advance(3000);
  }
}

const isOpen = ({ stream, hasLeft }: Client): boolean =>
  !hasLeft && !stream.client.ended && !stream.client.wasReset;

let game: Game | undefined;
afterEach(() => game?.gateway.close());

it(`lets nothing through unjudged, answers everybody once and leaves nothing behind, in ${GAMES} games, seed ${SEED}`, async () => {
  const statuses = new Map<number, number>();
  for (let index = 0; index < GAMES; index++) {
    const choices = Choices.seeded(SEED, index);
    game = new Game(choices);
    await game.start();
    for (let i = 0; i < 25; i++) await game.step();
    await game.finish();
    for (const { mark, stream, hasLeft } of game.clients) {
      if (hasLeft) continue;
      const { status } = stream.client;
      // What finds the node full waits for its turn, and may have waited in vain.
      const inVain = game.full.has(mark) ? [403] : [];
      const right = game.refused.has(mark) ? [403] : [200, ...inVain];
      expect(right, `game ${index}, ${mark}`).toContain(status);
      statuses.set(status!, (statuses.get(status!) ?? 0) + 1);
    }
    expect(game.gateway.contexts, `game ${index}`).toMatchObject({ streams: 0, pendingCalls: 0 });
    expect(
      game.gateway.logs.filter(({ level }) => level === "critical" || level === "error"),
    ).toEqual([]);
    await game.gateway.close();
    game = undefined;
  }
  expect(Math.min(statuses.get(200) ?? 0, statuses.get(403) ?? 0)).toBeGreaterThan(10);
}, 120_000);
