import { changed, failure, ps, refusing } from "../../../support/facts.ts";
import {
  daemonRow,
  linuxBuilder,
  publicKey,
  qemuRow,
  remote,
  startRow,
  virby,
} from "../../../support/macs-of-facts.ts";
import type { DiagnosisCase } from "./types.ts";

const machines = "file /etc/nix/machines";
const keys = "stat /etc/nix/builder_ed25519 /etc/nix/builder_ed25519.pub";
const asked = (kind: Parameters<typeof refusing>[0], message: string, asRoot = true) =>
  changed(
    linuxBuilder,
    {},
    { guests: { "builder@linux-builder": refusing(kind, message, asRoot) }, stores: {} },
  );
const heron = (kind: Parameters<typeof refusing>[0], message: string, asRoot = true) =>
  changed(
    remote,
    {},
    { guests: { "nixremote@heron.example.net": refusing(kind, message, asRoot) }, stores: {} },
  );
const store = (check: NonNullable<typeof remote.stores>[string]) =>
  changed(remote, {}, { stores: { "ssh-ng://nixremote@heron.example.net": check } });
const uri = (address: string, version = "2.34.3") =>
  changed(
    remote,
    { [machines]: `${address} aarch64-linux\n`, "nix-version": `nix (Nix) ${version}\n` },
    { guests: {}, stores: {} },
  );
const portOfLocalhost = changed(
  remote,
  {
    [machines]: "ssh-ng://builder@localhost:31022 aarch64-linux\n",
    "nix-version": "nix (Nix) 2.24.9\n",
  },
  {
    guests: {
      "builder@localhost:31022": refusing("name", "localhost is no name that can be resolved", true, [
        "ssh: Could not resolve hostname localhost:31022: nodename nor servname provided, or not known",
      ]),
    },
    stores: {},
  },
);
const woken = (age: string) =>
  changed(
    virby,
    {
      processes: ps(
        daemonRow,
        `  760     1 _virby 0.4 42000 ${age} /nix/store/q6-vfkit/bin/vfkit --cpus 8 --memory 6144`,
      ),
    },
    {
      failures: [
        failure("cannot build on 'ssh-ng://virby-vm': error: failed to start SSH connection to 'virby-vm'"),
      ],
    },
  );

export const cases: DiagnosisCase[] = [
  {
    id: "ssh-connection-failed",
    when: "nothing comes back from a machine of the network",
    told: heron("timeout", "heron.example.net did not answer in time"),
    butNot: "it answers",
    near: remote,
  },
  {
    id: "ssh-connection-failed",
    when: "a build could not be given away",
    told: {
      ...linuxBuilder,
      failures: [
        failure(
          "cannot build on 'ssh-ng://builder@linux-builder': error: failed to start SSH connection to 'linux-builder'",
        ),
      ],
    },
    butNot: "its sshd refuses us, who are not root",
    near: heron("login", "heron.example.net refused the login", false),
  },
  {
    id: "builder-uri-wrong-port",
    when: "the line has no port and the VM another than 22",
    told: changed(linuxBuilder, {
      [machines]: "ssh-ng://builder@localhost aarch64-linux /etc/nix/builder_ed25519\n",
      "ssh-config localhost": "hostname localhost\nport 22\n",
    }),
    butNot: "the line has the port",
    near: changed(linuxBuilder, {
      [machines]: "ssh-ng://builder@localhost:31022 aarch64-linux /etc/nix/builder_ed25519\n",
      "ssh-config localhost": "hostname localhost\nport 22\n",
    }),
  },
  {
    id: "builder-uri-wrong-port",
    when: "the host carries a scheme of its own",
    told: changed(linuxBuilder, { [machines]: "ssh://ssh://builder@localhost aarch64-linux\n" }),
    butNot: "ssh's settings lead to the port",
    near: linuxBuilder,
  },
  {
    id: "builder-uri-invented-syntax",
    when: "the address has a parameter that Nix never had",
    told: uri("ssh-ng://builder@heron.example.net?ssh-options=-p%2031022"),
    butNot: "the parameter exists",
    near: uri(
      "ssh-ng://builder@heron.example.net?compress=true&remote-program=/nix/var/nix/profiles/default/bin/nix-daemon",
    ),
  },
  {
    id: "builder-uri-invented-syntax",
    when: "the address has a port and Nix is older than 2.31",
    told: uri("ssh-ng://heron.example.net:2222", "2.28.5"),
    butNot: "Nix is 2.31",
    near: uri("ssh-ng://heron.example.net:2222", "2.31.0"),
  },
  {
    id: "ssh-alias-missing",
    when: "nobody has told ssh what linux-builder is",
    told: changed(
      linuxBuilder,
      { "ssh-config linux-builder": "hostname linux-builder\nport 22\nuser ada\n" },
      { guests: {}, stores: {} },
    ),
    butNot: "a name with a domain is unknown here",
    near: heron("name", "heron.example.net is no name that can be resolved"),
  },
  {
    id: "localhost-unresolvable",
    when: "ssh cannot resolve localhost",
    told: changed(
      linuxBuilder,
      {},
      {
        guests: {
          "builder@linux-builder": refusing("name", "linux-builder is no name that can be resolved", true, [
            "ssh: Could not resolve hostname localhost: nodename nor servname provided",
          ]),
        },
        stores: {},
      },
    ),
    butNot: "it cannot resolve another name",
    near: heron("name", "heron.example.net is no name that can be resolved"),
  },
  {
    id: "builder-uri-invented-syntax",
    when: "an older Nix takes localhost and its port for one name",
    told: portOfLocalhost,
    butNot: "a newer one takes the port",
    near: {
      ...portOfLocalhost,
      answers: { ...portOfLocalhost.answers, "nix-version": "nix (Nix) 2.34.3\n" },
    },
  },
  {
    id: "host-key-unverified",
    when: "nobody vouches for its host key",
    told: heron("host-key-unknown", "heron.example.net has a host key that nobody has vouched for"),
    butNot: "the login is refused",
    near: heron("login", "heron.example.net refused the login"),
  },
  {
    id: "builder-key-permissions",
    when: "everybody may read the key",
    told: changed(linuxBuilder, {
      [keys]: "-rw-r--r-- root nixbld 411 8 1780000000 /etc/nix/builder_ed25519\n",
    }),
    butNot: "it is root's alone",
    near: linuxBuilder,
  },
  {
    id: "builder-key-permissions",
    when: "a key in /etc/nix belongs to a person",
    told: changed(linuxBuilder, {
      [keys]: "-rw------- ada staff 411 8 1780000000 /etc/nix/builder_ed25519\n",
    }),
    butNot: "a person's own key is named for a machine of the network, and works",
    near: changed(remote, {
      [machines]: (remote.answers[machines] as string).replace(
        "/etc/nix/heron_ed25519",
        "/Users/ada/.ssh/id_ed25519",
      ),
      "stat /Users/ada/.ssh/id_ed25519": "-rw------- ada staff 411 8 1780000000 /Users/ada/.ssh/id_ed25519\n",
    }),
  },
  {
    id: "builder-key-mismatch",
    when: "another builder's key lies in /etc/nix",
    told: changed(linuxBuilder, {
      "file /etc/nix/builder_ed25519.pub": publicKey.replace("DsIxBBO", "ZZZZZZZ"),
    }),
    butNot: "only the comment differs",
    near: changed(linuxBuilder, {
      "file /etc/nix/builder_ed25519.pub": publicKey.replace("builder@localhost", "another"),
    }),
  },
  {
    id: "builder-key-mismatch",
    when: "the key is gone",
    told: changed(linuxBuilder, { [keys]: "" }),
    butNot: "its sshd refuses us, who are not root",
    near: asked("login", "linux-builder refused the login", false),
  },
  {
    id: "too-many-agent-keys",
    when: "sshd has had enough",
    told: asked(
      "login",
      "linux-builder refused the login: too many keys were offered; set IdentitiesOnly yes for it",
    ),
    butNot: "it refuses the one key",
    near: asked("login", "linux-builder refused the login"),
  },
  {
    id: "remote-path-lacks-nix",
    when: "the shell over there does not find nix-daemon",
    told: store({ ok: false, trusted: null, problem: "zsh:1: command not found: nix-daemon" }),
    butNot: "the daemon over there is down",
    near: store({ ok: false, trusted: null, problem: "cannot open connection to remote store" }),
  },
  {
    id: "not-trusted-by-builder",
    when: "the store says trusted: false",
    told: store({ trusted: false }),
    butNot: "it does not say",
    near: store({ trusted: null }),
  },
  {
    id: "on-demand-first-build",
    when: "the VM was woken moments ago and ssh did not wait",
    told: woken("00:20"),
    butNot: "it has been up for an hour",
    near: woken("01:00:00"),
  },
  {
    id: "builder-on-lan",
    when: "QEMU listens on every interface",
    told: linuxBuilder,
    butNot: "it listens on loopback only",
    near: changed(linuxBuilder, {
      processes: ps(daemonRow, startRow, qemuRow().replace("tcp::31022", "tcp:127.0.0.1:31022")),
    }),
  },
  {
    id: "key-in-store",
    when: "everybody may read the copy in the store",
    told: changed(linuxBuilder, {
      "store-keys": "-r--r--r-- root wheel 399 8 1 /nix/store/q7-keys/builder_ed25519\n",
    }),
    butNot: "there is none",
    near: changed(linuxBuilder, { "store-keys": "" }),
  },
];
