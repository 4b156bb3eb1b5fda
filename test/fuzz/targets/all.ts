/** Which targets are there? */
import { configuration } from "./configuration.ts";
import { driver } from "./driver.ts";
import { headers } from "./headers.ts";
import { processor } from "./processor.ts";
import type { Target } from "./target.ts";
import { verdicts } from "./verdicts.ts";

export const TARGETS: readonly Target[] = [driver, configuration, verdicts, processor, headers];
