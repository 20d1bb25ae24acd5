/** What is sent to others holds no secret, and with --anonymous nobody's name. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { RecordedLine } from "../../../src/model/recording/format.ts";
import { redact } from "../../../src/model/recording/redact.ts";
import { machineOf } from "../../support/recorded-answers.ts";

const answer = (request: string, text: string): RecordedLine => ({
  ...{ at: 1, subject: "host", request, code: 0, text },
});
const shown = (text: string, request = "file /etc/x") => {
  const { lines, removed } = redact(
    { name: "studio", lines: [answer(request, text)], guests: {} },
    { anonymous: false },
  );
  return { text: (lines[0] as { text: string }).text, removed };
};

/** Every shape in which a secret is known; `@` is where it stands. */
const shapes: Readonly<Record<string, string>> = {
  "a private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n@\n-----END OPENSSH PRIVATE KEY-----\nafter",
  "a private key that was cut off": "x\n-----BEGIN RSA PRIVATE KEY-----\nMII\n@",
  "a key in one line of JSON":
    '{"key":"-----BEGIN PRIVATE KEY-----\\n@\\n-----END PRIVATE KEY-----\\n","a":1}',
  "nix.conf": "cores = 4\naccess-tokens = github.com=@ gitlab.com=OAuth2:@\nmax-jobs = 2",
  "nix.conf, added": "extra-access-tokens = example.org=@",
  "nix.conf, words in the environment": "impure-env = A=@ B=@",
  "a command line of nix": "nix build --option access-tokens github.com=@ .#x",
  "a command line of nix, joined": "nix build --access-tokens=github.com=@",
  "nix config show":
    '{"access-tokens":{"aliases":[],"documentDefault":true,"value":{"github.com":"@"}},"cores":{"value":0}}',
  "nix config show, older": '{"access-tokens":"github.com=@","extra-access-tokens":"x=@","cores":0}',
  "nix config show behind a warning": 'warning: x\n{"access-tokens":{"value":{"a.org":"@","b.org":"@"}}}',
  netrc: "machine flakehub.com login ada password @\nmachine b login c password @",
  "netrc on lines": "machine cache.example.org\n  login ada\n  password @\n",
  "an address": "substituters = https://ada:@@cache.example.org https://cache.nixos.org",
  "an address with a token as its name": "https://@@example.org/x",
  "an address of git": "git clone git+https://oauth2:@@gitlab.example.org/x.git",
  "a builder's address": "ssh-ng://ada:@@mini aarch64-linux - 4",
  "an address with two schemes": "ssh://ssh-ng://ada:@@mini aarch64-linux - 4",
  "a header": "curl -H 'Authorization: Bearer @' https://example.org",
  "a header whose quotes ps has lost": "curl -H Authorization: Basic @ https://example.org",
  "a header of tokens": "curl --header PRIVATE-TOKEN: @ x",
  "a cookie": "curl -H Cookie: session=@",
  "an environment in a command line":
    "env GITHUB_TOKEN=@ DB_PASSWORD=@ MY_SECRET_VALUE=@ AWS_SECRET_ACCESS_KEY=@ run",
  "an environment in quotes": "sh -c export CACHIX_AUTH_TOKEN=\"@\" && x 'API_KEY=@'",
  "an environment of launchd": "\tenvironment = {\n\t\tPATH => /bin\n\t\tATTIC_TOKEN => @\n\t}",
  "a property list": "<dict><key>NPM_TOKEN</key>\n  <string>@</string><key>b</key></dict>",
  "settings in JSON": '{"auth":{"clientSecret":"@","passwords":["@",{"of":"@"}],"n":1}}',
  "settings in pretty JSON": '{\n  "apiKey": "@",\n  "memoryBytes": 8589934592\n}\n',
  "JSON that was cut off": '{"a": 1, "apiKey": "@", "b": {',
  "lines of JSON": '{"Names":"a"}\n{"Names":"b","Labels":"x_token=@"}',
  YAML: "password: @\nclient_secret: '@'",
  "an option": 'tool --password @ --api-key=@ --auth-token "@" -token @',
  "an option on lines": "arguments = {\n\t\ttool\n\t\t--password\n\t\t@\n\t}",
  "curl's user": "curl -u ada:@ --user bob:@ https://example.org",
  sshpass: "sshpass -p @ ssh mini",
  "sshpass, joined": "sshpass -p@ ssh mini",
  mysql: "mysql -h db -p@ shop",
  security: "security add-generic-password -a ada -s x -w @",
  openssl: "openssl enc -pass pass:@ -in x",
  "qemu's secrets": "-object secret,id=s0,data=@ -m 8192",
  cachix: "cachix authtoken @",
  attic: "attic login ci https://attic.example.org @",
};

const canary = fc.stringMatching(/^[A-Za-z0-9]{6,40}$/).filter((word) => /\d/.test(word));
const surroundings = fc.constantFrom("", "a\n", "  PID  PPID USER\n  1  0 root 0.0 12 01:02 ", "\n# note\n");

describe("a secret in an answer of a machine", () => {
  for (const [name, shape] of Object.entries(shapes))
    it(`is removed from ${name}`, () => {
      fc.assert(
        fc.property(canary, surroundings, (secret, before) => {
          const lead = shape.startsWith("{") ? "" : before;
          // Written as @@, the second stands for itself.
          const text = lead + shape.replace(/@@?/g, (at) => (at === "@@" ? `${secret}@` : secret));
          const out = redact(
            {
              name: "studio",
              lines: [
                answer("processes", text),
                answer(`file /x/${secret}9`, `said again: ${secret} ${text}`),
              ],
              guests: {},
            },
            { anonymous: false },
          );
          // What follows a secret of two letters may hold them by chance; the canary is longer.
          assert.ok(
            !(out.lines[0] as { text: string }).text.includes(secret),
            (out.lines[0] as { text: string }).text,
          );
          assert.ok(Object.values(out.removed).reduce((sum, count) => sum + count, 0) > 0);
        }),
        { numRuns: 40 },
      );
    });

  it("is known by its shape alone, wherever it stands", () => {
    const letters = "Ab1".repeat(40);
    for (const token of [
      `ghp_${letters.slice(0, 36)}`,
      `github_pat_${letters.slice(0, 60)}`,
      `glpat-${letters.slice(0, 20)}`,
      `AKIA${"IOSFODNN7EXAMPLE"}`,
      `xoxb-${letters.slice(0, 24)}`,
      `npm_${letters.slice(0, 36)}`,
      `eyJhbGciOiJIUzI1NiJ9.${letters.slice(0, 30)}.${letters.slice(0, 30)}`,
      `AGE-SECRET-KEY-1${letters.slice(0, 40).toUpperCase()}`,
      `cache.example.org-1:${"Ab1c".repeat(22).slice(0, 86)}==`,
    ]) {
      const { text } = shown(`before ${token}, after`);
      assert.ok(!text.includes(token.slice(-20)), text);
      assert.match(text, /^before .*\[removed\].*after$/);
    }
  });

  it("is removed everywhere once it is known from one place", () => {
    const { lines } = redact(
      {
        name: "studio",
        lines: [
          answer("processes", "tool hunter2hunter2 x"),
          answer("file /etc/netrc", "machine a login b password hunter2hunter2"),
          { at: 2, subject: "ada:hunter2hunter2@mini:", request: "now", code: 0, text: "1" },
          {
            at: 3,
            subject: "host",
            trouble: { kind: "lost", message: "hunter2hunter2", details: ["hunter2hunter2"], retry: true },
          },
        ],
        guests: { "ada:hunter2hunter2@mini:": { system: "Linux", processor: "x" } },
      },
      { anonymous: false },
    );
    assert.ok(!JSON.stringify(lines).includes("hunter2"));
  });

  it("is counted once, by its kind", () => {
    const { removed } = shown("A_TOKEN=abcdefgh1 B_TOKEN=abcdefgh1 https://a:pw@b");
    assert.deepEqual(removed, { "secret setting": 1, "address password": 1 });
  });
});

describe("what is no secret", () => {
  for (const text of [
    "trusted-public-keys = cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=",
    "ssh://ssh-ng://builder@linux-builder aarch64-linux /etc/nix/builder_ed25519 4 1 kvm - -",
    "ssh-ng://builder@linux-builder aarch64-linux /etc/nix/builder_ed25519 4 1 kvm - c3NoLWVk",
    "netrc-file = /etc/nix/netrc\nsecret-key-files = /etc/nix/key\nSSH_AUTH_SOCK => /private/tmp/x",
    "sudo: a password is required",
    "passwordauthentication yes\nkbdinteractiveauthentication yes\nnumberofpasswordprompts 3",
    "ssh -o PasswordAuthentication=no -- mini",
    "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com",
    "/nix/store/3b7c-glibc-locales-2.40-66-aarch64-linux/lib:/nix/store/9x-libsecret-0.21.7/bin",
    'endpoints = {\n\t\t"com.apple.ctkd.token-client" = {\n\t\t\tport = 0x1\n\t\t}\n\t}',
    "docker run -u 1000:1000 --password-stdin",
    "qemu-system-aarch64 -netdev user,id=user.0,hostfwd=tcp::31022-:22, -m 8192",
    '{"memory":{"value":1},"trusted-public-keys":{"value":["a:b"]}}',
  ])
    it(`stays: ${text.slice(0, 50).replaceAll("\n", " ")}`, () => {
      assert.deepEqual(shown(text), { text, removed: {} });
    });

  it("stays for every answer of a machine that holds none", () => {
    const { lines } = machineOf("ada", "forge");
    const { lines: out, removed } = redact({ name: "forge", lines, guests: {} }, { anonymous: false });
    assert.deepEqual(removed, {});
    assert.deepEqual(out, lines);
  });
});

describe("an anonymous recording", () => {
  const made = (user: string, host: string) => {
    const { lines, guests } = machineOf(user, host);
    return redact({ name: host, lines, guests }, { anonymous: true });
  };
  const name = fc
    .stringMatching(/^[a-z][a-z0-9]{3,9}$/)
    .filter((word) => !/^(?:user|host|root|builder)/.test(word));

  it("holds no name of a person or a machine, no home and no address", () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const [user, host] = [`${one}q7`, `${other}z9`];
        const text = JSON.stringify(made(user, host));
        for (const known of [user, host, "192.168.7.21", "fd12:3456", "52:54:00", "1507A8C0", "corp.example"])
          assert.ok(!text.toLowerCase().includes(known.toLowerCase()), `${known} in ${text}`);
      }),
      { numRuns: 40 },
    );
  });

  it("calls the same one by the same name everywhere", () => {
    const { lines, guests, name: machine } = made("ada", "forge");
    const text = (request: string) =>
      (lines.find((line) => "request" in line && line.request === request) as { text: string } | undefined)
        ?.text;
    assert.equal(machine, "host1");
    assert.match(text("machine") ?? "", /\nhost1\nuser1\n$/);
    assert.match(text("processes") ?? "", / user1 .*\/Users\/user1\/x/);
    const [alias = ""] = /@(host\d+) /.exec(text("file /etc/nix/machines") ?? "")?.slice(1) ?? [];
    assert.ok(text(`ssh-config ${alias}`)?.startsWith(`host ${alias}\n`));
    assert.ok(Object.keys(guests).includes(`user1@${alias}:`));
    assert.ok(lines.some(({ subject }) => subject === `user1@${alias}:`));
  });

  it("keeps what everybody has: root, the build users, linux-builder, loopback, nixpkgs' key", () => {
    const before = machineOf("ada", "forge");
    const after = made("ada", "forge");
    for (const common of [
      "linux-builder",
      "builder@linux-builder:",
      "127.0.0.1",
      "nixbld1",
      "cache.nixos.org",
    ]) {
      assert.ok(JSON.stringify(before).includes(common));
      assert.ok(JSON.stringify(after).includes(common), common);
    }
    assert.ok(JSON.stringify(after).includes("QUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUpCV2N4Yi9CbGFx"));
  });

  it("does not take somebody called nix for the store", () => {
    const text = JSON.stringify(made("nix", "mac"));
    assert.ok(text.includes("/nix/store/"));
    assert.ok(!text.includes("/Users/nix"));
  });
});
