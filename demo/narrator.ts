/** What does somebody who watches the demo read? Colours only where a person looks at a terminal. */
import { styleText } from "node:util";
import type { Act, DemoRequest } from "./acts.ts";
import type { Outcome } from "./play.ts";
import type { Stage } from "./stage.ts";

type Style = Parameters<typeof styleText>[0];

export class Narrator {
  readonly #colours: boolean;

  constructor() {
    this.#colours = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  }

  readonly say = (line = ""): void => {
    process.stdout.write(`${line}\n`);
  };

  nodeChanges(isUp: boolean): void {
    this.#row("node", isUp ? "is started" : "is stopped: its port refuses connections");
  }

  opened({ gateway, node, api }: Stage): void {
    this.#row("Gateway", `${gateway.url} with the policy, in front of the API at ${api.url}`);
    this.#row("Attacks page", `${node.page}/`);
  }

  begin(number: number, act: Act): void {
    this.say();
    this.say(this.#paint("bold", `${number}. ${act.title}`));
  }

  announce(act: Act): void {
    this.#row("sent", requestText(act.request));
    const { status, reachesApi, requestId } = act.expected;
    this.#row("expected", outcomeText(status, reachesApi, requestId ? "with a request id" : ""));
  }

  end(act: Act, { answer, reachedApi, why, right }: Outcome): void {
    const id = answer.requestId === "" ? "" : `request id ${answer.requestId}`;
    const seen = outcomeText(answer.status, reachedApi, id);
    const mark = right ? this.#paint("green", "right") : this.#paint("red", "WRONG");
    this.#row("seen", `${seen}: ${mark}`);
    const source = act.evidence.in === "journal" ? "the node's journal" : "the policy's log";
    this.#row("why", `${source}: ${why ?? this.#paint("red", "nothing there that says why")}`);
  }

  finished(wrong: readonly string[], acts: number): void {
    this.say();
    if (wrong.length === 0) this.say(this.#paint("green", `All ${acts} outcomes are right.`));
    else this.say(this.#paint("red", `${wrong.length} of ${acts} are wrong: ${wrong.join(", ")}`));
  }

  staying({ gateway, node }: Stage): void {
    this.say();
    this.#row("Attacks page", this.#paint("bold", `${node.page}/`));
    this.#row("Try it", `curl -i --path-as-is ${gateway.url}/../../etc/passwd`);
    this.#row("End", "Ctrl-C");
  }

  #row(label: string, text: string): void {
    this.say(`   ${this.#paint("dim", label.padEnd(13))} ${text}`);
  }

  #paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text) : text;
  }
}

const requestText = ({ method, path, body }: DemoRequest): string =>
  [method, path, body].filter((part) => part !== undefined).join(" ");

const outcomeText = (status: number, reachesApi: boolean, id: string): string =>
  [String(status), id, reachesApi ? "the API gets it" : "the API sees nothing"]
    .filter((part) => part !== "")
    .join(", ");
