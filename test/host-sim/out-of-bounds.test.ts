/** What does the host do with pointers that lead out of memory? InvalidMemoryAccess (or WASI's EFAULT), nothing else. */
import { describe, expect, test } from "vitest";
import { envCalls } from "../../host-sim/src/wasm/hostcalls/all.ts";
import { callHost, willing } from "./support/guest.ts";

const OUT = 65_530; // with 8 bytes: past the one page
const FAR = -8; // 4 GiB - 8

/** Arguments that are right; `p` stands for a pointer, whose size follows as 8, `w` for where an answer is written. */
const calls: Readonly<Record<string, readonly (number | bigint | "p" | "w")[]>> = {
  proxy_log: [2, "p", 8],
  proxy_get_log_level: ["w"],
  proxy_get_current_time_nanoseconds: ["w"],
  proxy_get_buffer_bytes: [0, 0, 8, "w", "w"],
  proxy_get_buffer_status: [0, "w", "w"],
  proxy_set_buffer_bytes: [0, 0, 8, "p", 8],
  proxy_get_header_map_size: [0, "w"],
  proxy_get_header_map_pairs: [0, "w", "w"],
  proxy_set_header_map_pairs: [0, "p", 8],
  proxy_get_header_map_value: [0, "p", 8, "w", "w"],
  proxy_add_header_map_value: [0, "p", 8, "p", 8],
  proxy_replace_header_map_value: [0, "p", 8, "p", 8],
  proxy_remove_header_map_value: [0, "p", 8],
  proxy_get_status: ["w", "w", "w"],
  proxy_send_local_response: [200, "p", 8, "p", 8, "p", 8, 0],
  proxy_http_call: ["p", 8, "p", 8, "p", 8, "p", 8, 0, "w"],
  proxy_grpc_call: ["p", 8, "p", 8, "p", 8, "p", 8, "p", 8, 0, "w"],
  proxy_grpc_stream: ["p", 8, "p", 8, "p", 8, "p", 8, "w"],
  proxy_grpc_send: [2, "p", 8, 0],
  proxy_get_shared_data: ["p", 8, "w", "w", "w"],
  proxy_set_shared_data: ["p", 8, "p", 8, 0],
  proxy_register_shared_queue: ["p", 8, "w"],
  proxy_resolve_shared_queue: ["p", 8, "p", 8, "w"],
  proxy_dequeue_shared_queue: [1, "w", "w"],
  proxy_enqueue_shared_queue: [1, "p", 8],
  proxy_define_metric: [0, "p", 8, "w"],
  proxy_get_metric: [0, "w"],
  proxy_get_property: ["p", 8, "w", "w"],
  proxy_set_property: ["p", 8, "p", 8],
  proxy_call_foreign_function: ["p", 8, "p", 8, "w", "w"],
  proxy_get_configuration: ["w", "w"],
};

const good = (name: string): (number | bigint)[] =>
  (calls[name] ?? []).map((each, i) => (typeof each === "string" ? 1024 + i * 16 : each));

describe.each(Object.keys(calls))("%s", (name) => {
  const { type } = envCalls[name]!;
  test("succeeds where every pointer is good", async () => {
    expect((await callHost(`env.${name}`, type, good(name))).status).toBe(0);
  });

  const pointers = (calls[name] ?? []).flatMap((each, i) => (typeof each === "string" ? [i] : []));
  test.each(pointers)("refuses argument %i out of bounds", async (index) => {
    for (const pointer of [OUT, FAR]) {
      const args = good(name);
      // Only the bytes of the last page: a u32 fits at OUT, eight bytes do not.
      args[index] = calls[name]?.[index] === "w" ? pointer + 4 : pointer;
      const { status, failures } = await callHost(`env.${name}`, type, args);
      expect(status).toBe(6);
      expect(failures).toEqual([]);
    }
  });
});

test("a token's place is looked at before anything is sent", async () => {
  let sent = 0;
  const context = willing({ httpCall: () => ({ value: ++sent }) });
  const args = good("proxy_http_call");
  args[9] = OUT + 4;
  await callHost("env.proxy_http_call", envCalls["proxy_http_call"]!.type, args, context);
  expect(sent).toBe(0);
});

test("every hostcall that takes a pointer is in this table", () => {
  const without =
    /set_effective_context|proxy_done|tick_period|(continue|close)_(stream|request|response)$|route_cache|grpc_cancel|grpc_close|increment|record|memory_growth|pthread/;
  const names = Object.keys(envCalls).filter((name) => !without.test(name) || name in calls);
  expect(names.sort()).toEqual(Object.keys(calls).sort());
});
