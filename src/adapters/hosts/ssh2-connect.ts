/** Makes one SSH connection with the ssh library: to its end, or to one clear reason why not. */
import ssh2, { type Client } from "ssh2";
import { FirstBytes } from "../../model/hosts/first-bytes.ts";
import { hostKeyAlgorithms, type KnownKey } from "../../model/hosts/known-hosts.ts";
import { linesOf } from "../../model/hosts/ssh-complaints.ts";
import { deadline } from "./deadline.ts";
import { HostError } from "./host.ts";
import { HostKeyCheck } from "./host-key-check.ts";
import type { Logins } from "./ssh-logins.ts";
import type { Resolved } from "./ssh-resolve.ts";
import { openUnderneath } from "./ssh2-socket.ts";
import { troubleOfError } from "./ssh2-trouble.ts";

export interface ConnectOptions {
  readonly name: string;
  readonly resolved: Resolved;
  readonly configFile?: string;
  readonly known: readonly KnownKey[];
  readonly logins: Logins;
  /** To the first words of the server. 10 s. */
  readonly bannerMs?: number;
  /** From there to the end of the login. 30 s. */
  readonly loginMs?: number;
  /** 5 s; the connection is given up after the third that is not answered. */
  readonly keepaliveMs?: number;
}

export interface Ssh2Connection {
  readonly client: Client;
  readonly check: HostKeyCheck;
  /** Resolves when it is gone, with the reason. */
  readonly gone: Promise<HostError>;
  destroy(): void;
}

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** Rejects with `HostError`. `signal` gives up. */
export async function connectSsh2(options: ConnectOptions, signal?: AbortSignal): Promise<Ssh2Connection> {
  const { name, logins, known } = options;
  const { settings } = options.resolved;
  const under = await openUnderneath(settings, options.configFile);
  const client = new ssh2.Client();
  const check = new HostKeyCheck({
    name,
    known,
    strict: settings.strictHostKeyChecking,
    loopback: loopback.test(settings.hostname) && settings.proxyJump === null,
  });
  const banner: string[] = [];
  const first = new FirstBytes();

  return new Promise<Ssh2Connection>((resolve, reject) => {
    let callOff = () => {};
    let ready = false;
    let over = false;
    let begun = false;
    let failing = false;
    let tellGone: (error: HostError) => void = () => {};
    const gone = new Promise<HostError>((tell) => {
      tellGone = tell;
    });
    const destroy = () => {
      client.destroy();
      under.destroy();
    };
    // The first counts: others follow from it, by the hundred where a server floods us.
    const fail = (error: HostError) => {
      if (over) return;
      over = true;
      callOff();
      signal?.removeEventListener("abort", giveUp);
      destroy();
      if (ready) tellGone(error);
      else reject(error);
    };
    const giveUp = () => fail(timedOut(name, "was given up", []));
    const phase = (ms: number, error: () => HostError) => {
      callOff();
      callOff = deadline(ms, () => fail(error()));
    };

    const bannerMs = options.bannerMs ?? 10_000;
    const loginMs = options.loginMs ?? 30_000;
    phase(bannerMs, () =>
      under.connected()
        ? notSsh(name, `says nothing within ${bannerMs / 1000} s`, [])
        : timedOut(name, `did not answer within ${bannerMs / 1000} s`, []),
    );
    const look = (bytes: Buffer) => {
      if (begun || over) return;
      const speaks = first.push(bytes);
      if (speaks === "other") fail(notSsh(name, "does not speak SSH at that port", []));
      if (speaks !== "ssh") return;
      begun = true;
      phase(loginMs, () => timedOut(name, `did not finish the login within ${loginMs / 1000} s`, banner));
    };
    // Not before ssh2 reads: what flows past us until then would be lost to it.
    under.stream.on("newListener", function reads(event: string) {
      if (event !== "data") return;
      under.stream.off("newListener", reads);
      under.stream.on("data", look);
    });
    const broken = async (error: Error & { level?: string; code?: unknown }) => {
      if (failing || over) return;
      failing = true;
      const details = [...(await under.complaints()), ...banner];
      const keys = keyNotes(logins);
      fail(check.trouble ?? troubleOfError(name, error, { begun, ready, details, keys }));
    };
    client.on("error", (error: Error & { level?: string; code?: unknown }) => {
      // A dead agent: the next method is tried.
      if (error.level !== "agent") void broken(error);
    });
    client.on("close", () => void broken(new Error("the connection was closed")));
    client.on("banner", (text: string) => {
      banner.push(...linesOf(text).map((line) => `the server says: ${line}`));
      banner.splice(10);
    });
    client.on("ready", () => {
      if (over) return;
      callOff();
      signal?.removeEventListener("abort", giveUp);
      ready = true;
      resolve({
        client,
        check,
        gone,
        destroy: () => fail(timedOut(name, "was disconnected", [])),
      });
    });
    signal?.addEventListener("abort", giveUp, { once: true });
    if (signal?.aborted) {
      giveUp();
      return;
    }
    try {
      client.connect({
        sock: under.stream,
        username: settings.user,
        hostVerifier: check.verify,
        authHandler: [...logins.methods],
        algorithms: { serverHostKey: hostKeyAlgorithms(known) as ssh2.ServerHostKeyAlgorithm[] },
        // Our own clocks: ssh2's runs on while a person is asked.
        readyTimeout: 0,
        keepaliveInterval: options.keepaliveMs ?? 5000,
        keepaliveCountMax: 2,
      });
    } catch (error) {
      // It throws for settings that it does not like.
      void broken(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function notSsh(name: string, says: string, details: readonly string[]): HostError {
  return new HostError({ kind: "not-ssh", message: `${name} ${says}`, details, retry: true });
}

function timedOut(name: string, says: string, details: readonly string[]): HostError {
  return new HostError({ kind: "timeout", message: `${name} ${says}`, details, retry: true });
}

function keyNotes(logins: Logins): string[] {
  return [
    ...(logins.agentTrouble === null ? [] : [logins.agentTrouble]),
    ...logins.unusable.map(({ path, why }) => `${path} ${why}`),
  ];
}
