/** Does the page show assets, APIs, policies and coverage, and is it safe against what clients put there? */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAnypoint, type Anypoint } from "../../host-sim/src/anypoint/index.ts";
import { launchChromium, withoutChromium } from "../support/chromium.ts";
import { PlatformClient } from "./platform-client.ts";

let anypoint: Anypoint;
let client: PlatformClient;

beforeEach(async () => {
  anypoint = await createAnypoint({ publicationDelayMs: 0 });
  client = await PlatformClient.login(anypoint);
});
afterEach(async () => {
  await client.close();
  await anypoint.close();
});

describe("The page", () => {
  it("runs only its own script, and is given to addresses and localhost only", async () => {
    const answer = await fetch(anypoint.pageUrl);
    const policy = answer.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain("unsafe");
    const html = await answer.text();
    expect(html).not.toMatch(/<script>|onclick|style=/);
    for (const path of ["page.js", "page.css", "api/overview"]) {
      expect((await fetch(`${anypoint.pageUrl}/${path}`)).status).toBe(200);
    }
    const { port } = new URL(anypoint.pageUrl);
    const { request } = await import("undici");
    const rebound = await request(anypoint.pageUrl, { headers: { host: `evil.example:${port}` } });
    expect(rebound.statusCode).toBe(403);
  });

  it("tells no token and no password", async () => {
    const text = await (await fetch(`${anypoint.pageUrl}/api/overview`)).text();
    expect(text).not.toContain(client.token);
    expect(text).not.toContain("stand-in-password");
  });
});

describe.skipIf(withoutChromium())("The page in Chromium", () => {
  let browser: Browser;
  let page: Page;
  let alarms: string[];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    alarms = [];
    page = await browser.newPage();
    page.setDefaultTimeout(30_000); // below the deadline of a test, so that a failure names what was waited for
    page.on("dialog", (dialog) => {
      alarms.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("pageerror", (error) => alarms.push(`error ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy|TrustedHTML/.test(message.text())) alarms.push(message.text());
    });
    await page.goto(anypoint.pageUrl);
    await page.locator("#connection[data-state=live]").waitFor();
  });
  afterEach(() => page.close());

  it("shows what is published, applied and covered as it comes", async () => {
    expect(await page.locator("#assets").textContent()).toBe("Nothing is published yet.");
    await client.publishPolicy();
    const api = await client.manage("orders", 8081);
    await client.apply(api);
    await page.locator("#apis .enabled").waitFor();
    expect(await page.locator("#assets tr").count()).toBe(3);
    expect(await page.locator("#apis tr").textContent()).toContain("test-policy 1.0.0 enabled");
    const { body } = await client.automate();
    await page.locator("#apis .overridden").waitFor();
    await client.call("PUT", `${client.automated}/${body.id}/exclusions/${api}`);
    await page.locator("#automated").getByText("the API is excluded").waitFor();
    expect(alarms).toEqual([]);
  });

  it("shows hostile names as they are", async () => {
    const name = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202eevil";
    await client.upload("hostile", "http-api", { fields: { name, description: name } });
    await page.locator("#assets").getByText("hostile", { exact: false }).first().waitFor();
    const text = await page.locator("#assets").textContent();
    expect(text).toContain("<img src=x onerror=alert(1)><script>alert(2)</script>\\u202eevil");
    expect(await page.locator("#assets img, #assets script").count()).toBe(0);
    expect(alarms).toEqual([]);
  });
});
