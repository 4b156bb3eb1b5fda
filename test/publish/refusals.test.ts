/** Is each refusal one line that helps, with an exit status of its own, and is it told what is on Exchange by then? */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createAnypoint,
  FOREIGN_GROUP,
  ROOT_GROUP,
  type Anypoint,
  type Fault,
} from "../../host-sim/src/anypoint/index.ts";
import {
  buildTool,
  createWorkshop,
  errorLines,
  USER,
  type Ended,
  type Workshop,
} from "./support/workshop.ts";

let anypoint: Anypoint;
let workshop: Workshop;
const UPLOAD = { method: "POST", path: "/exchange/api/v2/" };
const STATUS = "/publication/status/";
const NOTHING = "On Exchange now: nothing of this version. Nothing is to be taken back.";

beforeAll(async () => {
  buildTool();
  anypoint = await createAnypoint({ publicationDelayMs: 20 });
  workshop = await createWorkshop(anypoint);
}, 90_000);
beforeEach(() => anypoint.setFaults([]));
afterAll(async () => {
  workshop.close();
  await anypoint.close();
});

/** Each run without the token of the one before. */
let runs = 0;
const publish = (environment: Record<string, string> = {}): Promise<Ended> =>
  workshop.run(["publish"], {
    ...USER,
    XDG_CONFIG_HOME: `${workshop.root}/home-${++runs}`,
    ...environment,
  });

function expectRefusal(ended: Ended, status: number, line: RegExp): string[] {
  const [first, ...rest] = errorLines(ended);
  expect(`${ended.status} ${first}`).toMatch(new RegExp(`^${status} error: ${line.source}`));
  expect(ended.stdout + ended.stderr).not.toMatch(/^ +at .*\d+:\d+\)?$/m);
  expect(ended.stdout + ended.stderr).not.toContain(USER.ANYPOINT_PASSWORD);
  return rest;
}

describe("before anything is sent", { timeout: 60_000 }, () => {
  it("asks for credentials where there are none", async () => {
    const ended = await publish({ ANYPOINT_USERNAME: "", ANYPOINT_PASSWORD: "" });
    expectRefusal(ended, 3, /no credentials: run `anypoint-cli-v4 conf username/);
  });

  it("takes one kind of credentials, whether it publishes or only reads", async () => {
    const two = {
      ANYPOINT_CLIENT_ID: "stand-in-client",
      ANYPOINT_CLIENT_SECRET: "stand-in-secret",
    };
    expectRefusal(await publish(two), 3, /two kinds of credentials at once/);
    const status = await workshop.run(["status"], { ...USER, ...two });
    expectRefusal(status, 3, /two kinds of credentials at once/);
  });

  it("says that user name or password are wrong", async () => {
    const password = "not-the-password";
    const ended = await publish({ ANYPOINT_PASSWORD: password });
    expect(expectRefusal(ended, 3, /127\.0\.0\.1:\d+ refuses the credentials \(401\)/)).toEqual([
      NOTHING,
    ]);
    expect(ended.stdout + ended.stderr).not.toContain(password);
  });

  it("names the business groups that a user has, where it is a foreign one", async () => {
    const own = workshop.read("Cargo.toml");
    workshop.write("Cargo.toml", own.replace(ROOT_GROUP, FOREIGN_GROUP));
    const ended = await publish();
    workshop.write("Cargo.toml", own);
    expectRefusal(
      ended,
      4,
      new RegExp(`group_id in Cargo.toml: .* ${FOREIGN_GROUP}; allowed: Acme `),
    );
  });

  it("says that nobody is there", async () => {
    const ended = await publish({ ANYPOINT_HOST: "127.0.0.1:1" });
    expectRefusal(ended, 7, /127\.0\.0\.1:1 can't be reached \(ECONNREFUSED\): check/);
  });

  it("says how to trust a certificate", async () => {
    const ended = await publish({ NODE_EXTRA_CA_CERTS: "" });
    expectRefusal(ended, 7, /127\.0\.0\.1:\d+ is not trusted \(.*\): .*NODE_EXTRA_CA_CERTS/);
  });

  it("does not take an empty host for the real platform", async () => {
    expectRefusal(await publish({ ANYPOINT_HOST: "" }), 2, /ANYPOINT_HOST: "" is not allowed/);
  });
});

const refusals: [string, Fault, number, RegExp][] = [
  [
    "a user who may not publish",
    { kind: "status", ...UPLOAD, status: 403 },
    4,
    /.*may not do that.*403/,
  ],
  [
    "a request that breaks the rules",
    { kind: "status", ...UPLOAD, status: 400 },
    6,
    /.*refuses.*\(400\)/,
  ],
  [
    "metadata that breaks the rules, with the platform's reason",
    { kind: "fail-publication", status: 400, message: "metadata.yaml: name is required" },
    6,
    /Publishing the definition .*: the platform refuses it \(400\): metadata\.yaml: name is required/,
  ],
];

describe("when the platform refuses", { timeout: 60_000 }, () => {
  it.each(refusals)("tells %s", async (_, fault, status, line) => {
    anypoint.setFaults([{ times: 100, ...fault }]);
    expect(expectRefusal(await publish(), status, line)).toEqual([NOTHING]);
  });

  it("does not say that nothing is there of a version that exists", async () => {
    anypoint.setFaults([{ kind: "status", ...UPLOAD, status: 409 }]);
    expect(expectRefusal(await publish(), 5, /.*already on Exchange \(409\)/)).toEqual([]);
  });

  it("tells the reason of a refusal at once, which the CLI keeps to itself, and sends nothing twice", async () => {
    const message = "assetId has to be shorter";
    const refused: Fault = { kind: "status", ...UPLOAD, status: 400, message };
    anypoint.setFaults([refused, { ...refused, status: 418, times: 100 }]);
    const ended = await publish();
    const line =
      /Publishing the definition .*: the platform refuses it \(400\): assetId has to be shorter$/;
    expect(expectRefusal(ended, 6, line)).toEqual([NOTHING]);
  });

  it("leaves open what is there where the platform fails, and took it to work on", async () => {
    anypoint.setFaults([
      { kind: "stall-publication" },
      { kind: "status", times: 100, method: "GET", path: STATUS, status: 503 },
    ]);
    const [now] = expectRefusal(await publish(), 6, /.*failed with status 503/);
    expect(now).toMatch(/^On Exchange now: not known whether the definition .* arrived/);
  });

  it("looks what is there where an upload is answered with a failure", async () => {
    anypoint.setFaults([{ kind: "status", times: 100, ...UPLOAD, status: 503 }]);
    expect(expectRefusal(await publish(), 6, /.*failed with status 503/)).toEqual([NOTHING]);
    anypoint.setFaults([{ kind: "done-status", times: 100, ...UPLOAD, status: 503 }]);
    const done = await publish();
    expect([done.status, errorLines(done)]).toEqual([0, []]);
    expect(done.stderr).toContain("Note: Exchange has");
  });

  it("finds out that all is there, where only the answer failed", async () => {
    anypoint.setFaults([{ kind: "status", times: 100, method: "GET", path: STATUS, status: 503 }]);
    const ended = await publish();
    expect(ended.status).toBe(0);
    expect(ended.stderr).toMatch(
      /Note: Exchange has \S+, though an error was answered on the way \(.*503/,
    );
    expect(ended.stdout).toContain("Published: definition");
  });

  it.each([
    ["is asked too often", { ...UPLOAD, status: 429 }],
    [
      "fails before anything was sent",
      { method: "GET", path: "/accounts/api/users/me", status: 500 },
    ],
    ["is asked too often at log-in", { method: "POST", path: "/accounts/login", status: 429 }],
  ])("tries again where the platform %s, which the user need not know", async (_, fault) => {
    anypoint.setFaults([{ kind: "status", ...fault }]);
    const { status, stderr } = await publish();
    expect([status, errorLines({ status, stderr, stdout: "" })]).toEqual([0, []]);
  });

  it("sends no release where the platform does not say whether it exists", async () => {
    anypoint.setFaults([
      { kind: "status", times: 100, method: "GET", path: "/exchange/", status: 503 },
    ]);
    const ended = await workshop.run(["release"], USER);
    expect(
      expectRefusal(ended, 6, /Looking for wallarm-custom-policy\S* 0.1.0 .* does not say whether/),
    ).toEqual(["Nothing was sent: run the same command again when that is mended."]);
    expect(ended.stderr).not.toContain("Publishing");
  });

  it("ends a publication that has no end at the time limit, and says that its outcome is open", async () => {
    anypoint.setFaults([{ kind: "stall-publication" }]);
    const ended = await publish({ TIMEOUT: "4" });
    expect(ended.stderr).toMatch(
      /was not reported as published yet: waiting for the time limit of 4 s/,
    );
    const [now] = expectRefusal(ended, 8, /.*did not end within the time limit of 4 s/);
    expect(now).toMatch(/^On Exchange now: not known whether the definition .* arrived/);
  });

  it("tells a connection that was cut during the upload from one that never was", async () => {
    anypoint.setFaults([{ kind: "drop", ...UPLOAD }]);
    const [now] = expectRefusal(
      await publish(),
      7,
      /the connection to .* was cut before an answer/,
    );
    expect(now).toMatch(/^On Exchange now: not known/);
  });
});
