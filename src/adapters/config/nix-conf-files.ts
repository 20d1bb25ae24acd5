/** Which nix.conf files hold here, and what they say together. */
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { parseNixConf } from "../../model/nix-conf/parse.ts";
import { configHome } from "../system/paths.ts";

/** Where a setting comes from. */
export interface Origin {
  value: string;
  /** A file, or `NIX_CONFIG` of the environment. */
  source: string;
  /** `null` for the environment. */
  lineNumber: number | null;
}

/** Nix has no check for files that include each other; we stop here. */
const deepestInclude = 10;

/**
 * The user's own files, the first one counting most, as Nix finds them: NIX_USER_CONF_FILES alone, or nix.conf in
 * NIX_CONFIG_HOME or XDG_CONFIG_HOME/nix, and in each of XDG_CONFIG_DIRS/nix.
 */
export function userConfFiles(env: NodeJS.ProcessEnv = process.env): string[] {
  if (env.NIX_USER_CONF_FILES !== undefined)
    return env.NIX_USER_CONF_FILES.split(":").filter((path) => path !== "");
  const own = env.NIX_CONFIG_HOME ? env.NIX_CONFIG_HOME : join(configHome(env), "nix");
  const others = (env.XDG_CONFIG_DIRS || "/etc/xdg").split(":").filter((path) => path !== "");
  return [own, ...others.map((path) => join(path, "nix"))].map((path) => join(path, "nix.conf"));
}

/** The machine's nix.conf: in NIX_CONF_DIR, else /etc/nix. */
export function systemConfFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.NIX_CONF_DIR || "/etc/nix", "nix.conf");
}

/**
 * All places that set `key` for this user's commands, the one that counts last. Files that cannot be read are passed
 * over, as Nix does.
 */
export function settingOrigins(key: string, env: NodeJS.ProcessEnv = process.env): Origin[] {
  const files = [systemConfFile(env), ...userConfFiles(env).reverse()];
  const origins = files.flatMap((path) => originsIn(path, key, 0));
  const fromEnvironment = parseNixConf(env.NIX_CONFIG ?? "").settings.filter(
    (setting) => setting.key === key,
  );
  for (const { value } of fromEnvironment) origins.push({ value, source: "NIX_CONFIG", lineNumber: null });
  return origins;
}

function originsIn(path: string, key: string, depth: number): Origin[] {
  const text = readOrNull(path);
  if (text === null || depth > deepestInclude) return [];
  const conf = parseNixConf(text);
  const rows = [
    ...conf.settings
      .filter((setting) => setting.key === key)
      .map(({ value, lineNumber }) => ({ lineNumber, origins: [{ value, source: path, lineNumber }] })),
    ...conf.includes.map((include) => ({
      lineNumber: include.lineNumber,
      origins: originsIn(includedPath(path, include.path), key, depth + 1),
    })),
  ];
  return rows.sort((a, b) => a.lineNumber - b.lineNumber).flatMap((row) => row.origins);
}

/** Files that `path` includes directly. */
export function includesOf(path: string): string[] {
  const text = readOrNull(path);
  return text === null ? [] : parseNixConf(text).includes.map((include) => includedPath(path, include.path));
}

function includedPath(path: string, included: string): string {
  return isAbsolute(included) ? included : resolve(dirname(path), included);
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
