/** Is an upgrade judged on its headers, and is what only looks like one held like any other request? */
import { expect, test } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, pass } from "../support/node/replies.ts";

const websocket = [
  ["connection", "Upgrade"],
  ["upgrade", "websocket"],
  ["sec-websocket-version", "13"],
  ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
] as const;

describeTransports("an upgrade", {}, (scene) => {
  test("that passes is judged on its headers, and then both sides talk freely", async () => {
    const connection = await Connection.open(scene.gateway);
    const path = scene.path();
    await connection.write(connection.head({ path, headers: websocket }));
    const answer = await within("the answer", connection.readResponse());
    expect(answer.status).toBe(101);
    await connection.write("ping over another protocol");
    await eventually("it comes back", () => connection.unread === 26);
    const messages = scene.node.requests.filter((each) => each.path === path);
    expect(messages).toHaveLength(1);
    // A processor is told no end of what is no body.
    expect(messages[0]).toMatchObject({ last: scene.over === "connector", method: "GET" });
    expect(messages[0]!.body).toBeUndefined();
    connection.abort();
  });

  test("that is blocked never reaches the API", async () => {
    scene.node.answerWith(block);
    const answer = await request(scene.gateway, { path: scene.path(), headers: websocket });
    expect(answer.status).toBe(403);
    expect(scene.upstream.requests).toEqual([]);
  });

  test("that the API does not take up is no way to send it what nobody has judged", async () => {
    scene.upstream.ignoreUpgrades();
    const path = scene.path();
    const connection = await Connection.open(scene.gateway);
    const head = connection.head({ path, headers: websocket });
    await connection.write(`${head}GET /etc/passwd HTTP/1.1\r\nhost: a\r\n\r\n`);
    const seen = await eventually("the API is offered it", () => scene.upstream.find(path));
    await connection.write("GET /etc/shadow HTTP/1.1\r\nhost: a\r\n\r\n");
    // By the time that others have been served, the gateway has had its turn with these bytes.
    for (let i = 0; i < 20; i++) await request(scene.gateway, { path: scene.path() });
    expect(seen.start.toString()).toBe("");
    connection.abort();
  });

  test("by CONNECT is judged on its headers too, and blocked or let through", async () => {
    const tunnel = async (): Promise<Connection> => {
      const connection = await Connection.open(scene.gateway);
      await connection.write("CONNECT db.example:5432 HTTP/1.1\r\nhost: db.example:5432\r\n\r\n");
      return connection;
    };
    const passed = await tunnel();
    await eventually("the node is asked", () => scene.node.requests.length === 1);
    const [message] = scene.node.requests;
    expect(message).toMatchObject({ method: "CONNECT", host: "db.example:5432" });
    await eventually("the tunnel is open", () => passed.unread > 0);
    await passed.write("through the tunnel");
    await eventually("it comes back", () => passed.unreadBytes.includes("through the tunnel"));
    passed.abort();

    scene.node.answerWith(block);
    scene.upstream.reset();
    const blocked = await tunnel();
    expect((await within("the answer", blocked.readResponse())).status).toBe(403);
    expect(scene.upstream.requests).toEqual([]);
    blocked.abort();
  });

  test.each([
    ["a POST with a body", { method: "POST" }],
    ["a GET with a body", { method: "GET" }],
  ])("that can't be one, %s, is judged with its body", async (_, { method }) => {
    scene.node.answerWith((messages) =>
      messages.some((each) => each.body?.includes("attack")) ? block(messages) : pass(messages),
    );
    const path = scene.path();
    const headers = [
      ["connection", "upgrade"],
      ["content-length", "9"],
    ] as const;
    const answer = await request(scene.gateway, { path, method, headers, body: "an attack" });
    expect(answer.status).toBe(403);
    expect(scene.upstream.requests).toEqual([]);
  });
});
