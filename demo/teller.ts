/** How does a demo write to somebody who watches? Colours only where a person looks at a terminal. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

export class Teller {
  readonly #colours: boolean;

  constructor() {
    this.#colours = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  }

  readonly say = (line = ""): void => {
    process.stdout.write(`${line}\n`);
  };

  title(text: string): void {
    this.say();
    this.say(this.paint("bold", text));
  }

  row(label: string, text: string): void {
    this.say(`   ${this.paint("dim", label.padEnd(13))} ${text}`);
  }

  /** "…: right" */
  judged(seen: string, right: boolean): string {
    return `${seen}: ${right ? this.paint("green", "right") : this.paint("red", "WRONG")}`;
  }

  finished(wrong: readonly string[], all: number): void {
    this.say();
    if (wrong.length === 0) this.say(this.paint("green", `All ${all} outcomes are right.`));
    else this.say(this.paint("red", `${wrong.length} of ${all} are wrong: ${wrong.join(", ")}`));
  }

  paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text) : text;
  }
}
