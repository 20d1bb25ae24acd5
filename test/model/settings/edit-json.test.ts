/** One value of a JSON file changes; whoever wrote the rest finds it as it was. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { refusalText } from "../../../src/model/settings/change.ts";
import { editJson, readJsonValue } from "../../../src/model/settings/edit-json.ts";
import { undone } from "./undo.ts";

const memory = ["builder", "memoryBytes"];
const sixteen = 17179869184;

function edited(
  text: string | null,
  path: readonly string[] = memory,
  value: Parameters<typeof editJson>[2] = sixteen,
) {
  const edit = editJson(text, path, value);
  assert.ok(edit.ok, edit.ok ? "" : edit.reason);
  return edit.text;
}

function refusal(text: string, path: readonly string[] = memory) {
  const edit = editJson(text, path, sixteen);
  assert.ok(!edit.ok, "it should have been refused");
  return refusalText("config.json", edit);
}

describe("a value that is there", () => {
  it("is replaced, and nothing else", () => {
    assert.equal(
      edited('{\n\t"builder" : { "memoryBytes":8589934592 , "cpuCount": 1 }, // mine\n}\n'),
      '{\n\t"builder" : { "memoryBytes":17179869184 , "cpuCount": 1 }, // mine\n}\n',
    );
  });

  it("stays where it says the same already, so that nothing needs to be saved", () => {
    const edit = editJson('{"builder":{"memoryBytes":17179869184}}', memory, sixteen);
    assert.deepEqual(edit.ok && edit.replacements, []);
  });

  it("leaves numbers alone that JavaScript could not hold", () => {
    const text = '{"big":12345678901234567890,"e":1e3,"f":1.0,"builder":{"memoryBytes":1}}';
    assert.equal(edited(text), text.replace('":1}', '":17179869184}'));
  });

  it("keeps CRLF and a byte order mark, and says that others may not like the mark", () => {
    const text = '\uFEFF{\r\n  "builder": {\r\n    "memoryBytes": 1\r\n  }\r\n}\r\n';
    assert.equal(edited(text), text.replace(": 1\r", ": 17179869184\r"));
    const edit = editJson(text, memory, sixteen);
    assert.match(edit.ok ? (edit.notes[0]?.text ?? "") : "", /byte order mark/);
  });

  it("may be a list, which a list replaces", () => {
    assert.equal(
      edited(
        '{"edgeCacheSubstituters":[ "https://a.example" ]}',
        ["edgeCacheSubstituters"],
        ["https://a.example", "https://b.example"],
      ),
      '{"edgeCacheSubstituters":["https://a.example", "https://b.example"]}',
    );
  });

  it("is read as it stands there", () => {
    assert.equal(readJsonValue('{"builder":{"memoryBytes":5}}', memory), 5);
    assert.deepEqual(readJsonValue('{"list":["a","b"]}', ["list"]), ["a", "b"]);
    assert.equal(readJsonValue('{"builder":5}', memory), undefined);
  });
});

describe("a value that is not there yet", () => {
  it("comes behind the others, indented as they are", () => {
    assert.equal(
      edited('{\n    "builder": {\n        "state": "enabled"\n    }\n}\n'),
      '{\n    "builder": {\n        "state": "enabled",\n        "memoryBytes": 17179869184\n    }\n}\n',
    );
  });

  it("does not take the comment of its neighbour", () => {
    assert.equal(
      edited('{\n  "builder": {\n    "cpuCount": 1 // the vendor says so\n    // "cpuCount": 4\n  }\n}\n'),
      '{\n  "builder": {\n    "cpuCount": 1, // the vendor says so\n    "memoryBytes": 17179869184\n    // "cpuCount": 4\n  }\n}\n',
    );
  });

  it("makes the objects it needs", () => {
    assert.equal(
      edited('{\n  "telemetry": {}\n}\n'),
      '{\n  "telemetry": {},\n  "builder": {\n    "memoryBytes": 17179869184\n  }\n}\n',
    );
    assert.equal(edited('{"a":1}'), '{"a":1,"builder":{"memoryBytes":17179869184}}');
    assert.equal(edited('{ "a": 1 }'), '{ "a": 1, "builder": {"memoryBytes": 17179869184} }');
  });

  it("goes into an empty object", () => {
    assert.equal(edited("{}"), '{\n  "builder": {\n    "memoryBytes": 17179869184\n  }\n}');
    assert.equal(edited('{"builder":{}}'), '{"builder":{"memoryBytes":17179869184}}');
    assert.equal(
      edited('{\n  "builder": {\n    // nothing yet\n  }\n}'),
      '{\n  "builder": {\n    // nothing yet\n    "memoryBytes": 17179869184\n  }\n}',
    );
  });

  it("needs no second comma where there is one", () => {
    assert.equal(
      edited('{\n  "builder": {\n    "cpuCount": 1, // one\n  },\n}'),
      '{\n  "builder": {\n    "cpuCount": 1, // one\n    "memoryBytes": 17179869184\n  },\n}',
    );
  });

  it("begins the file where there is none", () => {
    assert.equal(edited(null), '{\n  "builder": {\n    "memoryBytes": 17179869184\n  }\n}\n');
  });
});

describe("what is left alone", () => {
  for (const [what, text, words] of [
    ["an empty file", " \n", /config.json:1:1: it is empty/],
    [
      "a file that was cut off",
      '{\n  "builder": {\n    "memoryBytes": 858',
      /config.json:3:.*closing } is missing.*cut off/,
    ],
    ["a missing comma", '{\n  "a": 1\n  "b": 2\n}', /config.json:3:3: a comma is missing/],
    [
      "a key that is there twice",
      '{"builder":{"memoryBytes":1,\n"memoryBytes":2}}',
      /config.json:2:1: "memoryBytes" is there twice \(first in line 1\)/,
    ],
    ["a list at the root", "[1]", /config.json:1:1: it is a list in \[ \], not an object/],
    ["a parent that is no object", '{"builder": "on"}', /config.json:1:13: builder is a string here/],
    ["a parent that is null", '{"builder": null}', /builder is null here/],
    [
      "an object in the value's place",
      '{"builder":{"memoryBytes":{"a":1}}}',
      /an object in { }, which one value cannot replace/,
    ],
    ["text after the end", '{"a":1}}', /config.json:1:8: here is more text/],
    ["single quotes", "{'a':1}", /config.json:1:2/],
    ["a nest without end", "[".repeat(100_000), /nested more than/],
  ] as const)
    it(`${what}, with the place`, () => assert.match(refusal(text), words));

  it("a list with comments in it", () => {
    const edit = editJson('{"l":[ // why\n"a"]}', ["l"], ["b"]);
    assert.match(edit.ok ? "" : edit.reason, /comments, which would be lost/);
  });
});

describe("whatever is thrown at it", () => {
  it("no text makes it throw, and what it edits reads back", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"builder"',
      '"memoryBytes"',
      "1",
      "//x\n",
      "/*y*/",
      "\n",
      " ",
      "null",
      "\uFEFF",
      '"',
      "\\",
      "\r\n",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 24 }).map((each) => each.join("")),
        ),
        (text) => {
          const edit = editJson(text, memory, sixteen);
          if (edit.ok) assert.equal(readJsonValue(edit.text, memory), sixteen);
          else assert.notEqual(edit.reason, "");
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("any object, in any layout, is the old one with one value changed", () => {
    const key = fc.string({ minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.jsonValue({ maxDepth: 3 })),
        fc.array(key, { minLength: 1, maxLength: 3 }),
        fc.oneof(fc.maxSafeInteger(), fc.string(), fc.boolean()),
        fc.constantFrom(0, 1, 2, 4, "\t"),
        (object, path, value, indent) => {
          const text = JSON.stringify(object, null, indent);
          const edit = editJson(text, path, value);
          if (!edit.ok) return;
          assert.deepEqual(readJsonValue(edit.text, path), value);
          assert.equal(undone(edit), text);
        },
      ),
      { numRuns: 500 },
    );
  });
});
