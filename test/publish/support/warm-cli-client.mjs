/** What stands for the official CLI in a test's project: hands its command over (warm-cli.ts), or runs the real one where trust differs. */
import { spawn } from "node:child_process";
import { connect } from "node:net";

const { socket, authority, program } = globalThis.warm;
const args = process.argv.slice(2);

// Node.js reads this variable when it starts, and never again.
if ((process.env.NODE_EXTRA_CA_CERTS ?? "") !== authority) {
  const child = spawn(process.execPath, [program, ...args], { stdio: "inherit" });
  child.once("close", (status) => (process.exitCode = status ?? 1));
} else {
  const connection = connect(socket);
  let answer = "";
  connection.setEncoding("utf8").on("data", (text) => (answer += text));
  connection.on("end", () => {
    const { status, stdout, stderr } = JSON.parse(answer);
    process.exitCode = status;
    process.stdout.write(stdout);
    process.stderr.write(stderr);
  });
  connection.write(`${JSON.stringify({ args, cwd: process.cwd(), env: process.env })}\n`);
}
