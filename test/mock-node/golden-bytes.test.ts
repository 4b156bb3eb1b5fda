/** Are the golden bytes what @msgpack/msgpack makes of the readable messages? */
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { goldenBytes, goldenFolder, readGoldens } from "./golden.ts";

describe("golden bytes of the node protocol", () => {
  it.each(readGoldens())("$file is $title", async ({ file, ...golden }) => {
    const hex = Buffer.from(goldenBytes(golden)).toString("hex");
    if (process.env.UPDATE_GOLDEN === "1") {
      const text = await format(JSON.stringify({ ...golden, hex }), {
        parser: "json",
        printWidth: 100,
      });
      writeFileSync(new URL(file, goldenFolder), text);
    } else {
      expect(golden.hex).toBe(hex);
    }
  });
});
