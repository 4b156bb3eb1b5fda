/** How does a scenario run on the simulator? */
import type { Engine } from "../gateway-options.ts";

export const hostSimEngine: Engine = {
  name: "host-sim",
  missing: { http2: "its listener speaks HTTP/1.1 alone" },
  start: () => Promise.reject(new Error("the simulator has no listener yet")),
};
