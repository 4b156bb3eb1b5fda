/** Is this Node.js new enough? `require-node.mjs 20.19` fails with one line where it is not. Runs on old versions too. */
const wanted = process.argv[2].split(".").map(Number);
const found = process.versions.node.split(".").map(Number);

const isOlder = found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1]);
if (isOlder) {
  console.error(
    `Node.js ${process.versions.node} is too old: ${wanted.join(".")} or newer is needed, see https://nodejs.org/`,
  );
  process.exitCode = 1;
}
