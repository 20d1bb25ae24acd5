/** The processes behind a watched file: named, and ended when they are gone. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { afterEach, describe, it } from "node:test";
import { type ProcessWatch, watchProcesses } from "../../../src/adapters/nix-log/process-watch.ts";

describe("the processes that write to a watched file", () => {
  let watch: ProcessWatch;
  afterEach(() => watch.stop());

  const begin = (open: number[]) => {
    const happened: string[] = [];
    watch = watchProcesses({
      path: tmpdir(),
      now: () => 0,
      readFile: async () => {
        happened.push("read");
      },
      stream: {
        feed: () => {},
        end: () => {},
        openProcesses: () => open,
        processEnded: (pid) => {
          happened.push(`ended ${pid}`);
          open.splice(open.indexOf(pid), 1);
        },
        nameProcess: (pid, label) => happened.push(`named ${pid} ${label.split(" · ")[0]}`),
      },
    });
    return happened;
  };

  it("are named once, and ended when they are gone, after their last words were read", async () => {
    const child = spawn("sleep", ["4711"]);
    const pid = child.pid!;
    const happened = begin([pid]);
    await watch.check();
    await watch.check();
    assert.deepEqual(happened, [`named ${pid} sleep 4711`]);
    child.kill("SIGKILL");
    await once(child, "exit");
    await watch.check();
    assert.deepEqual(happened.slice(1), ["read", `ended ${pid}`]);
  });

  it("that were gone before we looked are ended too: the file is this machine's own", async () => {
    const child = spawn("true");
    await once(child, "exit");
    const happened = begin([child.pid!]);
    await watch.check();
    assert.deepEqual(happened, ["read", `ended ${child.pid}`]);
  });
});
