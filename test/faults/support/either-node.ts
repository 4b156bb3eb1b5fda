/** How does a scenario say the same of a node over either transport? By the path of the request that is asked about. */
import { block, pass } from "../../support/node/replies.ts";
import { carryOn } from "../../support/ext-proc/processor.ts";
import type { Scene } from "../../support/scene.ts";

export type Judge = (path: string) => boolean | Promise<boolean>;

/** `mayPass` is asked about each message of a request, when it is there; each path that was asked about is added to `asked`. */
export function judgeBy(scene: Scene, asked: Set<string>, mayPass: Judge): void {
  const paths = new Map<string, string>();
  scene.node.answerWith(async (messages) => {
    const [message] = messages.filter((each) => each.type !== "response");
    if (message === undefined) return pass(messages);
    if (message.path !== undefined) paths.set(message.id, message.path);
    const path = paths.get(message.id) ?? "";
    asked.add(path);
    return (await mayPass(path)) ? pass(messages) : block(messages);
  });
  if (scene.options.extProc !== true) return;
  scene.processor.answerWith(async (told, stream) => {
    const path = stream.header(":path") ?? "";
    if (!told.kind.startsWith("request_")) return carryOn(told, stream);
    asked.add(path);
    if (await mayPass(path)) carryOn(told, stream);
    else stream.reply({ immediate_response: { status: { code: 403 } } });
  });
}

export async function stopNode(scene: Scene): Promise<void> {
  if (scene.options.extProc === true) scene.processor.stop();
  else await scene.node.refuse();
}

export const startNode = (scene: Scene): Promise<void> =>
  scene.options.extProc === true ? scene.processor.listen() : scene.node.listen();
