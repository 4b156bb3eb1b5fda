/** Does the Attacks page show what happens, live, and is it safe against what it shows? */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { launchChromium, withoutChromium } from "../support/chromium.ts";
import {
  attackPath,
  bin,
  call,
  hex,
  newId,
  requestMessage,
  responseMessage,
} from "./connector-client.ts";

let browser: Browser;
let node: MockNode;
let page: Page;
/** What must never happen: scripts, dialogs, requests to elsewhere, errors. */
let alarms: string[];

describe.skipIf(withoutChromium())("the Attacks page in Chromium", () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    alarms = [];
    node = await createMockNode({ route_config: { wallarm_mode: "block" } });
    page = await browser.newPage();
    page.setDefaultTimeout(30_000); // below the deadline of a test, so that a failure names what was waited for
    page.on("dialog", (dialog) => {
      alarms.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(node.apiUrl) && !request.url().startsWith("data:"))
        alarms.push(`request to ${request.url()}`);
    });
    page.on("pageerror", (error) => alarms.push(`error ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy|TrustedHTML/.test(message.text())) alarms.push(message.text());
    });
    await page.goto(node.apiUrl);
    await page.locator("#connection[data-state=live]").waitFor();
  });
  afterEach(async () => {
    await page.close();
    await node.close();
  });

  const rows = (): ReturnType<Page["locator"]> => page.locator("#rows tr");

  it("says that nothing was attacked yet, and how to try", async () => {
    expect(await page.locator("#empty-title").textContent()).toBe("No attacks yet");
    expect(await page.locator("#empty").isVisible()).toBe(true);
    expect(await page.locator("#node").textContent()).toContain(`${node.url}, mode block`);
    expect(alarms).toEqual([]);
  });

  it("shows an attack as it comes: client, host, request, type, point, action, id", async () => {
    const id = newId();
    await call(node.url, requestMessage({ id, path: attackPath }));
    await rows().first().waitFor();
    const cells = await rows().first().locator("td").allTextContents();
    expect(cells.slice(1)).toEqual([
      "203.0.113.7",
      "shop.example.com",
      "GET /files?name=../../../../etc/passwd HTTP/1.1",
      "ptrav",
      expect.stringContaining("name"),
      "block",
      `${hex(id).slice(0, 8)}…`,
    ]);
    expect(await page.locator("#empty").isVisible()).toBe(false);
    expect(alarms).toEqual([]);
  });

  it("shows the message in full on a click, with its response, and closes again", async () => {
    const id = newId();
    const headers = [
      ["user-agent", bin("curl/8")],
      ["x-name", bin("J\xf6rg")],
    ];
    await call(
      node.url,
      requestMessage({
        id,
        path: attackPath,
        headers,
        method: "POST",
        body: bin("na\xc3\xafve=1"),
      }),
    );
    await call(node.url, responseMessage({ id, status: 418, body: bin("teapot"), body_size: 6 }));
    await rows().first().click();
    const detail = page.locator("#detail");
    await detail.getByText("teapot").waitFor();
    const text = (await detail.textContent()) ?? "";
    for (const part of [
      "POST /files?name=",
      "user-agent: curl/8",
      "x-name: Jörg",
      "naïve=1",
      "418",
      hex(id),
    ]) {
      expect(text).toContain(part);
    }
    await page.locator("#close").click();
    expect(await detail.isVisible()).toBe(false);
    expect(alarms).toEqual([]);
  });

  it("says of a message that broke off that it did", async () => {
    const id = newId();
    await call(node.url, requestMessage({ id, path: attackPath }));
    await call(node.url, responseMessage({ id, body: bin("half"), body_size: 4, aborted: true }));
    await rows().first().click();
    const detail = page.locator("#detail");
    await detail.getByText("half").waitFor();
    expect(await detail.getByText("aborted: the stream ended before").count()).toBe(1);
    expect(alarms).toEqual([]);
  });

  it("runs nothing of the attacks that it shows", async () => {
    const evil = `"'><img src=x onerror=alert(1)><script>alert(2)</script><svg onload=alert(3)><a href="javascript:alert(4)">x</a>\u202e`;
    const bytes = new Uint8Array(Buffer.from(evil));
    await call(
      node.url,
      requestMessage({
        // What has a form of its own is told as bytes where it has another (docs/node-protocol.md).
        raw_method: bytes,
        raw_scheme: bytes,
        host: bytes,
        path: new Uint8Array(Buffer.from(`/?${evil}=${evil}`)),
        headers: [
          [evil, bytes],
          ["cookie", bytes],
        ],
        body: bytes,
        api: { id: evil, name: evil, version: evil },
      }),
    );
    await rows().first().waitFor();
    for (const row of await rows().all()) {
      await row.click();
      await page.locator("#detail").getByText("Request", { exact: true }).waitFor();
      await page.locator("#close").click();
    }
    expect(
      await page
        .locator("main img, main a, main svg, dialog img, dialog a, dialog svg, body script")
        .count(),
    ).toBe(0);
    expect(await rows().first().textContent()).toContain("<img src=x onerror=alert(1)>");
    expect(await page.locator("main").textContent()).not.toContain("\u202e");
    expect(alarms).toEqual([]);
  });

  it("filters by text, type and action, and new attacks keep to the filter", async () => {
    const script = bin("/search?q=<script>alert(1)</script>");
    await call(node.url, requestMessage({ path: attackPath }));
    await call(node.url, requestMessage({ path: script, mode: "async" }));
    await page.locator("#type option[value=xss]").waitFor({ state: "attached" });
    await page.locator("#type").selectOption("xss");
    const shown = async (): Promise<string[]> => page.locator("#rows td.attack").allTextContents();
    expect(new Set(await shown())).toEqual(new Set(["xss"]));
    const before = await rows().count();
    await call(node.url, requestMessage({ path: attackPath }));
    await call(node.url, requestMessage({ path: script }));
    await page.locator("#rows td.action", { hasText: "block" }).first().waitFor();
    expect(new Set(await shown())).toEqual(new Set(["xss"]));
    expect(await rows().count()).toBe(before * 2);
    await page.locator("#type").selectOption("");
    await page.locator("#text").fill("PASSWD");
    expect(new Set(await shown())).toEqual(new Set(["ptrav"]));
    await page.locator("#text").fill("no such text");
    expect(await page.locator("#empty-title").textContent()).toBe("No attack matches the filter");
  });

  it("empties when the journal is cleared", async () => {
    await call(node.url, requestMessage({ path: attackPath }));
    await rows().first().waitFor();
    await page.locator("#clear").click();
    await page.locator("#empty").waitFor();
    expect(node.journal.attacks()).toEqual([]);
  });

  it("says when the connection is lost, and goes on when the node is back", async () => {
    const { port } = new URL(node.apiUrl);
    await call(node.url, requestMessage({ path: attackPath }));
    await node.close();
    await page.locator("#connection[data-state=lost]").waitFor();
    node = await createMockNode({ mock: { address: `127.0.0.1:${port}` } });
    await page.locator("#connection[data-state=live]").waitFor();
    await page.locator("#empty").waitFor(); // the new node has seen nothing
    await call(node.url, requestMessage({ path: attackPath, host: bin("second.example.com") }));
    await page.locator("#rows td.host", { hasText: "second.example.com" }).first().waitFor();
  });

  it.each(["light", "dark"] as const)(
    "is legible in %s mode: ink and ground differ enough",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await call(node.url, requestMessage({ path: attackPath }));
      await rows().first().waitFor();
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/${colorScheme}.png` });
      // As text: this file is checked without a browser's types.
      const style = (name: string): Promise<string> =>
        page.evaluate(`getComputedStyle(document.body).${name}`);
      const [ink, ground] = [rgb(await style("color")), rgb(await style("backgroundColor"))];
      const light = (color: number[]): number => color.reduce((sum, part) => sum + part, 0);
      expect(Math.abs(light(ink) - light(ground))).toBeGreaterThan(450);
      expect(light(ground) < light(ink)).toBe(colorScheme === "dark");
    },
  );

  it("is sent with a policy that lets only its own script run", async () => {
    const { headers } = await fetch(node.apiUrl);
    expect(headers.get("content-security-policy")).toMatch(
      /default-src 'none'; script-src 'self';/,
    );
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

function rgb(color: string): number[] {
  return (color.match(/\d+/g) ?? []).map(Number);
}
