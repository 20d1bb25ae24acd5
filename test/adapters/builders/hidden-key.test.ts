/** Root's keys lie where nobody else may look: that we do not see one says nothing about it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDeniedStat } from "../../../src/model/machine/stat.ts";
import { changed, inputOf } from "../../support/facts.ts";
import { remote } from "../../support/macs-of-facts.ts";

const key = "/var/root/.ssh/heron";
const stateBy = (says: string) => {
  const { status } = inputOf(
    changed(remote, {
      "file /etc/nix/machines": `ssh-ng://nixremote@heron.example.net aarch64-linux ${key} 8\n`,
      [`stat ${key}`]: `stat: ${key}: lstat: ${says}\n`,
    }),
  );
  const [builder] = status.builders;
  return [builder?.state, builder?.why] as const;
};

describe("the key of a remote builder below root's home", () => {
  it("is not called missing where the login with it works", () => {
    assert.equal(stateBy("Permission denied")[0], "healthy");
  });

  it("is called missing where it is", () => {
    const [state, why] = stateBy("No such file or directory");
    assert.equal(state, "unreachable");
    assert.match(why ?? "", /the key \/var\/root\/.ssh\/heron is missing/);
  });
});

describe("what stat(1) may not look at", () => {
  it("is told in the words of macOS, GNU and busybox", () => {
    const said = [
      "stat: /var/root/a: lstat: Permission denied",
      "stat: /var/root/b: stat: Permission denied",
      "stat: cannot statx '/root/c': Permission denied",
      "stat: cannot stat '/root/d d': Permission denied",
      "stat: can't stat '/root/e': Permission denied",
      "stat: /nope: lstat: No such file or directory",
      "-rw------- root wheel 411 8 1780000000 /etc/Permission denied",
    ].join("\n");
    assert.deepEqual(
      [...parseDeniedStat(said)],
      ["/var/root/a", "/var/root/b", "/root/c", "/root/d d", "/root/e"],
    );
  });
});
