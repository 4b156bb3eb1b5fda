// How do many commands of the official CLI run without its second of start-up for each? One process loads it and runs them one after
// the other: lines of JSON on stdin, each a list of arguments, or an object with `args`, `cwd` and `env`; for each a line on fd 3 with
// status, stdout and stderr.
const { createWriteStream } = require("node:fs");
const { dirname } = require("node:path");
const { createInterface } = require("node:readline");

const program = require.resolve(process.argv[2]);
const oclif = require(require.resolve("@oclif/core", { paths: [dirname(program)] }));
const answers = createWriteStream("", { fd: 3 });

class Exit extends Error {}

/** What a command leaves running, such as a spinner that an error did not stop, ends with it, as it does with a process. */
const timers = new Set();
for (const name of ["setInterval", "setTimeout"]) {
  const set = globalThis[name];
  globalThis[name] = Object.assign((...args) => {
    const timer = set(...args);
    timers.add(timer);
    return timer;
  }, set);
}

function stopTimers() {
  for (const timer of timers) clearTimeout(timer);
  timers.clear();
}

/** Collects what is written while `work` runs. */
async function collect(work) {
  const written = { stdout: "", stderr: "" };
  /** The first status counts: oclif catches what `exit` throws here, and exits again. */
  let left;
  const own = { stdout: process.stdout.write, stderr: process.stderr.write, exit: process.exit };
  for (const name of ["stdout", "stderr"]) {
    process[name].write = (text, encoding, done) => {
      // After an exit nothing more would be printed.
      if (left === undefined) written[name] += text;
      (typeof encoding === "function" ? encoding : done)?.();
      return true;
    };
  }
  process.exit = (status) => {
    left ??= status ?? 0;
    throw new Exit();
  };
  try {
    const status = await work();
    return { ...written, status: left ?? status };
  } finally {
    process.stdout.write = own.stdout;
    process.stderr.write = own.stderr;
    process.exit = own.exit;
    stopTimers();
  }
}

/** As its own bin/run does it: run, and let oclif print an error. */
async function run(args) {
  try {
    await oclif.run(args, program);
    return 0;
  } catch (error) {
    await print(error);
    return 1;
  }
}

async function print(error) {
  try {
    await oclif.Errors.handle(error);
  } catch {
    // It exits: `collect` knows the status.
  }
}

/** The CLI reads its configuration and the environment when it is loaded: its own files, not its libraries, are loaded again. */
function settle({ cwd, env }) {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  for (const file of Object.keys(require.cache)) {
    if (/\/node_modules\/anypoint-cli-[^/]+\//.test(file)) delete require.cache[file];
  }
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    if (!Array.isArray(command)) settle(command);
    const answer = await collect(() => run(Array.isArray(command) ? command : command.args));
    answers.write(`${JSON.stringify(answer)}\n`);
  }
})();
