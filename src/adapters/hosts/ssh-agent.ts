/** The person's key agent, as far as the settings of a machine let us use it. */
import { homedir } from "node:os";
import ssh2, { type BaseAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from "ssh2";
import type { SshSettings } from "../../model/hosts/ssh-settings.ts";

const deadlineMs = 3000;
/** More than any server lets us try. */
const mostKeys = 50;

export interface AgentKeys {
  readonly agent: BaseAgent | null;
  readonly keys: readonly ParsedKey[];
  /** Why it does not answer, where one is set. */
  readonly trouble: string | null;
}

/** Asks the agent that ssh would ask (ssh_config(5), IdentityAgent) which keys it holds, at most 3 s. Never rejects. */
export async function agentKeys(
  settings: SshSettings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AgentKeys> {
  const path = agentPath(settings.identityAgent, env);
  if (path === null) return { agent: null, keys: [], trouble: null };
  const agent = ssh2.createAgent(path);
  return new Promise((resolve) => {
    const silent = () => resolve({ agent: null, keys: [], trouble: "the key agent does not answer" });
    const timer = setTimeout(silent, deadlineMs);
    agent.getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error || !keys) silent();
      // Those of kinds that ssh2 cannot use were left out by it.
      else resolve({ agent, keys: (keys as ParsedKey[]).slice(0, mostKeys), trouble: null });
    });
  });
}

function agentPath(setting: string | null, env: Readonly<Record<string, string | undefined>>): string | null {
  if (setting === "none") return null;
  if (setting === null || setting === "SSH_AUTH_SOCK") return env.SSH_AUTH_SOCK || null;
  if (setting.startsWith("$")) return env[setting.slice(1).replace(/^\{(.*)\}$/, "$1")] || null;
  return setting.startsWith("~/") ? homedir() + setting.slice(1) : setting;
}

/** An agent that offers these keys of another one and no others: servers end the login after a few wrong ones. */
export class FewerKeys extends ssh2.BaseAgent<ParsedKey> {
  private readonly agent: BaseAgent;
  private readonly keys: readonly ParsedKey[];

  constructor(agent: BaseAgent, keys: readonly ParsedKey[]) {
    super();
    this.agent = agent;
    this.keys = keys;
  }

  override getIdentities(done: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    done(null, [...this.keys]);
  }

  override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions, done?: SignCallback): void;
  override sign(key: ParsedKey, data: Buffer, done: SignCallback): void;
  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    if (typeof options === "function") this.agent.sign(key, data, options);
    else this.agent.sign(key, data, options, done);
  }
}
