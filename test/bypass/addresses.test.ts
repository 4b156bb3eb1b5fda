/** Whose address is the node told, whatever a client writes into the headers that proxies fill? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { describeEngines } from "../support/engines.ts";

const XFF = "x-forwarded-for";
type Line = readonly [name: string, value: string];
type Row = readonly [what: string, headers: readonly Line[], clientIp: string];

/** The connection's own, as if there were no header. */
const OWN = "127.0.0.1";

const told = (title: string, config: object, rows: readonly Row[]): void =>
  describeEngines(title, { config: { ...config } }, (scene) => {
    test.each(rows)("%s", async (_, headers, clientIp) => {
      const path = scene.path();
      expect((await request(scene.gateway, { path, headers })).status).toBe(200);
      expect((await scene.node.request(path)).clientIp).toBe(clientIp);
    });
  });

told("the address of a client, where the leftmost one counts,", {}, [
  ["is that of the connection without a header", [], OWN],
  ["is the leftmost one", [[XFF, "1.2.3.4, 5.6.7.8"]], "1.2.3.4"],
  ["is not rubbish", [[XFF, "attack-needle"]], OWN],
  ["is the first one behind an empty element", [[XFF, ", 5.6.7.8"]], "5.6.7.8"],
  ["is the first one behind rubbish", [[XFF, "attack-needle, 5.6.7.8"]], "5.6.7.8"],
  [
    "is the first one of all headers",
    [
      [XFF, ""],
      [XFF, "5.6.7.8, 9.9.9.9"],
    ],
    "5.6.7.8",
  ],
  ["is not one of another header", [["x-real-ip", "9.9.9.9"]], OWN],
  ["is not one of RFC 7239 in another header", [["forwarded", "for=9.9.9.9"]], OWN],
  ["is not one with octets beyond 255", [[XFF, "1.2.3.256"]], OWN],
  ["is not one in octal", [[XFF, "010.1.1.1"]], OWN],
  ["is not one with markup in its zone", [[XFF, "fe80::1%<script>"]], OWN],
  ["has no port", [[XFF, "[2001:db8::1]:443"]], "2001:db8::1"],
  ["has no zone", [[XFF, "[fe80::1%eth0]:443"]], "fe80::1"],
]);

told("the address of a client behind two trusted proxies", { trusted_hops: 2 }, [
  ["is what the outer one has seen", [[XFF, "1.2.3.4, 10.0.0.1"]], "1.2.3.4"],
  ["is not what the client claims", [[XFF, "6.6.6.6, 1.2.3.4, 10.0.0.1"]], "1.2.3.4"],
  [
    "is not what the client claims in a header of its own",
    [
      [XFF, "6.6.6.6, 7.7.7.7"],
      [XFF, "1.2.3.4, 10.0.0.1"],
    ],
    "1.2.3.4",
  ],
  ["is not moved by empty elements", [[XFF, "6.6.6.6,,, 1.2.3.4, 10.0.0.1"]], "1.2.3.4"],
  ["is not moved by quotes", [[XFF, '"6.6.6.6, 1.2.3.4, 10.0.0.1']], "1.2.3.4"],
  ["is the connection's if it has not come through both", [[XFF, "6.6.6.6"]], OWN],
  [
    "is the connection's if the outer one has put rubbish there",
    [[XFF, "6.6.6.6, unknown, 10.0.0.1"]],
    OWN,
  ],
]);

told("the address of a client in another header", { real_ip_header: "CF-Connecting-IP" }, [
  [
    "is what that one says",
    [
      ["cf-connecting-ip", "1.2.3.4"],
      [XFF, "6.6.6.6"],
    ],
    "1.2.3.4",
  ],
  ["is found in odd case", [["Cf-cOnnecting-Ip", "1.2.3.4"]], "1.2.3.4"],
  ["is not that of X-Forwarded-For", [[XFF, "6.6.6.6"]], OWN],
]);
