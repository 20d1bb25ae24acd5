/** What a login at a machine can be tried with: the person's keys, in files and in the agent. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import ssh2, { type AnyAuthMethod, type ParsedKey } from "ssh2";
import type { LoginSummary } from "../../model/hosts/ssh-need.ts";
import type { SshSettings } from "../../model/hosts/ssh-settings.ts";
import { agentKeys, FewerKeys } from "./ssh-agent.ts";

export interface Logins extends LoginSummary {
  /** In the order they are tried. */
  readonly methods: readonly AnyAuthMethod[];
  readonly agentTrouble: string | null;
}

interface KeyFile {
  readonly path: string;
  /** The public half, where it is known. */
  readonly public: Buffer | null;
  readonly key: ParsedKey | null;
  readonly why: string | null;
  readonly rootOnly: boolean;
}

/** Reads the keys that the settings name. Never rejects: what cannot be read is said in `unusable`. */
export async function readLogins(
  settings: SshSettings,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Logins> {
  const username = settings.user;
  const files = (await Promise.all(settings.identityFiles.map(readKeyFile))).filter((file) => file !== null);
  const held = await agentKeys(settings, env);
  const isOf = (key: ParsedKey) => (file: KeyFile) => file.public?.equals(key.getPublicSSH()) === true;
  const named = held.keys.filter((key) => files.some(isOf(key)));
  const others = settings.identitiesOnly ? [] : held.keys.filter((key) => !files.some(isOf(key)));
  const inAgent = (file: KeyFile) => held.keys.some((key) => isOf(key)(file));
  const fromFiles = files.filter((file) => file.key !== null && !inAgent(file));

  // Some servers know the person already (Tailscale's); others do not count the first question.
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  const { agent } = held;
  if (settings.publicKey) {
    if (agent && named.length > 0)
      methods.push({ type: "agent", username, agent: new FewerKeys(agent, named) });
    for (const { key } of fromFiles) if (key) methods.push({ type: "publickey", username, key });
    if (agent && others.length > 0)
      methods.push({ type: "agent", username, agent: new FewerKeys(agent, others) });
  }
  return {
    methods,
    keys: settings.publicKey ? named.length + fromFiles.length + others.length : 0,
    unusable: files
      .filter((file) => file.key === null && !inAgent(file))
      .flatMap(({ path, why, rootOnly }) => (why === null ? [] : [{ path, why, rootOnly }])),
    certificate: await firstReadable([
      ...settings.certificateFiles,
      ...settings.identityFiles.map((path) => `${path}-cert.pub`),
    ]),
    agentTrouble: held.trouble,
  };
}

/** `null`: there is no such file. */
async function readKeyFile(path: string): Promise<KeyFile | null> {
  const publicFile = await readFile(`${path}.pub`, "utf8").catch(() => null);
  const publicHalf = publicFile === null ? null : publicOf(publicFile);
  const no = (why: string | null, rootOnly = false): KeyFile => ({
    path,
    public: publicHalf,
    key: null,
    why,
    rootOnly,
  });
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") return no("may be read by its owner only", true);
    // A public half alone names a key of the agent.
    return publicHalf ? no(null) : null;
  }
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) {
    if (/passphrase|encrypted/i.test(key.message)) return no("has a passphrase and is not in the key agent");
    const kind = publicFile?.split(" ", 1)[0] ?? "";
    return no(
      /^sk-/.test(kind) || basename(path).endsWith("_sk")
        ? "is on a security key"
        : "is of a kind the ssh library does not know",
    );
  }
  // An IdentityFile may be a public half as well (of a key in the agent).
  if (!key.isPrivateKey()) return { path, public: key.getPublicSSH(), key: null, why: null, rootOnly: false };
  return { path, public: key.getPublicSSH(), key, why: null, rootOnly: false };
}

function publicOf(text: string): Buffer | null {
  const [, base64] = text.match(/^\S+ ([A-Za-z0-9+/=]+)/) ?? [];
  return base64 === undefined ? null : Buffer.from(base64, "base64");
}

async function firstReadable(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    const found = await readFile(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return null;
}
