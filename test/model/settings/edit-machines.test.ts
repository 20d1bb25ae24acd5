/** /etc/nix/machines as a table: one cell, one row, and the rest as it was. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Edit, refusalText } from "../../../src/model/settings/change.ts";
import { addMachine, editMachine, removeMachine } from "../../../src/model/settings/edit-machines.ts";
import { fieldOf, machineFields, machineRows } from "../../../src/model/settings/machine-rows.ts";
import { undone } from "./undo.ts";

const two =
  "# builders of the studio\nssh-ng://builder@linux-builder aarch64-linux /etc/nix/builder_ed25519 4 1 kvm,big-parallel - c3NoLWVkMjU1MTkgQUFB # local\n\nssh://mini\tx86_64-linux\n";

function text(edit: Edit, old: string) {
  assert.ok(edit.ok, edit.ok ? "" : edit.reason);
  assert.equal(undone(edit), old);
  return edit.text;
}

function why(edit: Edit) {
  assert.ok(!edit.ok, "it should have been refused");
  return refusalText("machines", edit);
}

describe("a table of machines", () => {
  it("has a row for each machine and each included file, with its line", () => {
    const rows = machineRows(`${two}ssh://a ; ssh://b - - 2; @/etc/nix/more\n;;\n`);
    assert.deepEqual(
      rows.map((row) => [row.line, row.includes ?? fieldOf(row, "uri"), fieldOf(row, "maxJobs")]),
      [
        [2, "ssh-ng://builder@linux-builder", "4"],
        [4, "ssh://mini", null],
        [5, "ssh://a", null],
        [5, "ssh://b", "2"],
        [5, "/etc/nix/more", null],
      ],
    );
  });
});

describe("one field", () => {
  it("is replaced where it stands", () => {
    assert.equal(text(editMachine(two, 0, "maxJobs", "8"), two), two.replace(" 4 1 kvm", " 8 1 kvm"));
  });

  it("that is not there yet is reached with dashes for those before it", () => {
    assert.equal(
      text(editMachine(two, 1, "maxJobs", "8"), two),
      two.replace("\tx86_64-linux\n", "\tx86_64-linux - 8\n"),
    );
  });

  it("gets back its default", () => {
    assert.equal(
      text(editMachine(two, 0, "sshKey", null), two),
      two.replace("/etc/nix/builder_ed25519", "-"),
    );
    const same = editMachine(two, 1, "maxJobs", null);
    assert.deepEqual(same.ok && same.replacements, []);
  });

  it("of the second row of a line leaves the first alone", () => {
    const old = "ssh://a - - 1;ssh://b - - 2 ; ssh://c\r\n";
    assert.equal(text(editMachine(old, 1, "maxJobs", "9"), old), "ssh://a - - 1;ssh://b - - 9 ; ssh://c\r\n");
    assert.equal(
      text(editMachine(old, 2, "systems", "i686-linux"), old),
      "ssh://a - - 1;ssh://b - - 2 ; ssh://c i686-linux\r\n",
    );
  });

  for (const [field, value, words] of [
    ["maxJobs", "-1", /write a whole number, such as 4/],
    ["maxJobs", "four", /write a whole number/],
    ["maxJobs", "４", /write a whole number/],
    ["speedFactor", "1e3", /such as 2 or 1.5/],
    ["systems", "linux", /aarch64-linux,x86_64-linux/],
    ["systems", "aarch64-linux x86_64-linux", /holds a blank/],
    ["sshKey", "~/.ssh/id", /absolute path/],
    ["uri", "@/etc/x", /read as a file/],
    ["uri", "ssh://ssh://mini", /scheme twice/],
    ["uri", "ssh-ng://b@localhost?ssh-options=-p%2031022", /no Nix knows ssh-options/],
    ["uri", null, /needs an address/],
    ["publicHostKey", "ssh-ed25519", /base64 </],
    ["supportedFeatures", "kvm,,x", /with commas/],
  ] as const)
    it(`${field} cannot be ${value}, and what can be is said`, () =>
      assert.match(why(editMachine(two, 0, field, value)), words));

  it("of an included file is edited there", () => {
    assert.match(
      why(editMachine("@/etc/nix/more\n", 0, "maxJobs", "2")),
      /machines:1:1: .*machines in \/etc\/nix\/more/,
    );
    assert.match(why(editMachine(two, 7, "maxJobs", "2")), /no row 8; there are 2/);
  });

  it("beside a bad row is changed, and the bad row is told: with it Nix uses none", () => {
    const edit = editMachine("ssh://a\nssh://b - - x\n", 0, "systems", "aarch64-linux");
    assert.match(edit.ok ? (edit.notes[0]?.text ?? "") : "", /^line 2: .*Nix uses no machine at all/);
  });
});

describe("a machine", () => {
  it("is added at the end, without dashes that mean nothing", () => {
    assert.equal(
      text(
        addMachine("# mine", { uri: "ssh-ng://me@mini", systems: "aarch64-linux", maxJobs: "4" }),
        "# mine",
      ),
      "# mine\nssh-ng://me@mini aarch64-linux - 4\n",
    );
    const first = addMachine(null, { uri: "ssh-ng://me@mini" });
    assert.equal(first.ok && first.text, "ssh-ng://me@mini\n");
  });

  it("is not added twice", () => {
    assert.match(
      why(addMachine(two, { uri: "ssh://mini", systems: "x86_64-linux" })),
      /machines:4:1: line 4 has this machine/,
    );
  });

  it("is removed with its line", () => {
    assert.equal(text(removeMachine(two, 1), two), two.replace("ssh://mini\tx86_64-linux\n", ""));
  });

  it("leaves the comment of its line behind", () => {
    assert.match(text(removeMachine(two, 0), two), /^# builders of the studio\n# local\n\nssh:/);
  });

  it("takes one separator along, wherever it stands in its line", () => {
    const old = "ssh://a ; ssh://b - - 2; ssh://c # all\n";
    assert.equal(text(removeMachine(old, 0), old), "ssh://b - - 2; ssh://c # all\n");
    assert.equal(text(removeMachine(old, 1), old), "ssh://a ; ssh://c # all\n");
    assert.equal(text(removeMachine(old, 2), old), "ssh://a ; ssh://b - - 2 # all\n");
  });
});

describe("whatever is thrown at it", () => {
  const piece = fc.constantFrom(
    "ssh://a",
    "mini",
    " ",
    "\t",
    ";",
    "#",
    "\n",
    "\r\n",
    "@f",
    "-",
    "4",
    "aarch64-linux",
  );
  const anyText = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 30 }).map((each) => each.join("")),
  );

  it("one cell changes and no other, or there is a reason", () => {
    fc.assert(
      fc.property(
        anyText,
        fc.nat(4),
        fc.constantFrom(...machineFields),
        fc.constantFrom(null, "4", "ssh://x", "/k", "i686-linux"),
        (old, row, field, value) => {
          const edit = editMachine(old, row, field, value);
          if (!edit.ok) return assert.notEqual(edit.reason, "");
          assert.equal(undone(edit), old);
          const [before, after] = [machineRows(old), machineRows(edit.text)];
          assert.equal(after.length, before.length);
          assert.equal(fieldOf(after[row]!, field), value);
          for (const [at, each] of after.entries())
            for (const name of machineFields)
              if (at !== row || name !== field) assert.equal(fieldOf(each, name), fieldOf(before[at]!, name));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("one row goes and no other", () => {
    fc.assert(
      fc.property(anyText, fc.nat(4), (old, row) => {
        const edit = removeMachine(old, row);
        if (!edit.ok) return assert.notEqual(edit.reason, "");
        assert.equal(undone(edit), old);
        assert.equal(machineRows(edit.text).length, machineRows(old).length - 1);
      }),
      { numRuns: 3000 },
    );
  });
});
