/** On which engines is the matrix played? */
import { installedEnvoy } from "../../support/envoy/binary.ts";
import { envoyHouse } from "./envoy-house.ts";
import type { Builder } from "./house.ts";
import { simulatedHouse } from "./simulated-house.ts";

/** `ENGINES=host-sim` leaves Envoy out, as in all scenarios. */
const wanted = (process.env.ENGINES ?? "envoy,host-sim").split(",");

/** Each engine with its builder, or with the reason why it can't be played on. */
export function builders(): { readonly name: string; readonly builder?: Builder }[] {
  const binary = installedEnvoy();
  const all: (Builder | string)[] = [
    binary === undefined
      ? `Envoy: ${process.env.ENVOY_MISSING ?? "not there"}`
      : envoyHouse(binary),
    simulatedHouse,
  ];
  return all.map((each) => {
    if (typeof each === "string") return { name: each };
    const isWanted = wanted.includes(each.name);
    return isWanted ? { name: each.name, builder: each } : { name: `${each.name}: not wanted` };
  });
}
