/** What is a target of fuzzing? Something that makes one input of its choices, gives it to the policy, and throws what it finds. */
import type { Choices } from "../choices.ts";
import type { Vm } from "../host/vm.ts";

export interface Target {
  readonly name: string;
  /** What it feeds to the policy, for people. */
  readonly about: string;
  /** As many as take some ten seconds. */
  readonly inputsInCi: number;
  play(vm: Vm, choices: Choices): void;
}
