/** Which targets are there? */
import { driver } from "./driver.ts";
import type { Target } from "./target.ts";

export const TARGETS: readonly Target[] = [driver];
