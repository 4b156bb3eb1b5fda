/** What does somebody who watches the demo read? */
import type { Act, DemoRequest } from "./acts.ts";
import type { Outcome } from "./outcome.ts";
import { Teller } from "./teller.ts";

/** Where things are, for people who want to try them. */
export interface Addresses {
  readonly gateway: { readonly url: string };
  readonly node: { readonly page: string };
  readonly api: { readonly url: string };
}

export class Narrator extends Teller {
  nodeChanges(isUp: boolean): void {
    this.row("node", isUp ? "is started" : "is stopped: its port refuses connections");
  }

  opened({ gateway, node, api }: Addresses): void {
    this.row("Gateway", `${gateway.url} with the policy, in front of the API at ${api.url}`);
    this.row("Attacks page", `${node.page}/`);
  }

  begin(number: number, act: Act): void {
    this.title(`${number}. ${act.title}`);
  }

  announce(act: Act): void {
    this.row("sent", requestText(act.request));
    const { status, reachesApi, requestId } = act.expected;
    this.row("expected", outcomeText(status, reachesApi, requestId ? "with a request id" : ""));
  }

  end(act: Act, { answer, reachedApi, why, right }: Outcome): void {
    const id = answer.requestId === "" ? "" : `request id ${answer.requestId}`;
    this.row("seen", this.judged(outcomeText(answer.status, reachedApi, id), right));
    const source = act.evidence.in === "journal" ? "the node's journal" : "the policy's log";
    this.row("why", `${source}: ${why ?? this.paint("red", "nothing there that says why")}`);
  }

  staying({ gateway, node }: Addresses): void {
    this.say();
    this.row("Attacks page", this.paint("bold", `${node.page}/`));
    this.row("Try it", `curl -i --path-as-is ${gateway.url}/../../etc/passwd`);
    this.row("End", "Ctrl-C");
  }
}

export const requestText = ({ method, path, body }: DemoRequest): string =>
  [method, path, body].filter((part) => part !== undefined).join(" ");

export const outcomeText = (status: number, reachesApi: boolean, id: string): string =>
  [String(status), id, reachesApi ? "the API gets it" : "the API sees nothing"]
    .filter((part) => part !== "")
    .join(", ");
