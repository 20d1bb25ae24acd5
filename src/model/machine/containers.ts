/** Containers, from `docker ps -a --no-trunc --format '{{json .}}'`: one object of JSON a line (docker ps, podman ps). */
import { cleanText } from "../text/clean.ts";
import { jsonOf, linesOf, member } from "./lines.ts";

interface ContainerPort {
  /** `null`: every address of this machine. */
  readonly address: string | null;
  readonly hostPort: number;
  /** Inside. */
  readonly port: number;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** `running`, `exited`, `paused`, `restarting`, `created`, `dead`. */
  readonly state: string;
  /** As shown to people: `Up 3 hours (healthy)`, `Exited (137) 2 days ago`. */
  readonly status: string;
  /** Published TCP ports; a stopped container has none. */
  readonly ports: readonly ContainerPort[];
}

const mostContainers = 500;
const mostPorts = 100;

/** Lines that are no container (a warning, half a line) are left out. */
export function parseContainers(text: string): Container[] {
  const containers: Container[] = [];
  for (const line of linesOf(text, mostContainers)) {
    const entry = line.startsWith("{") ? jsonOf(line) : undefined;
    const string = (...keys: string[]) => {
      for (const key of keys) {
        const value = member(entry, key);
        const written = Array.isArray(value) ? value[0] : value;
        if (typeof written === "string" && written !== "") return cleanText(written);
      }
      return "";
    };
    const name = string("Names", "Name").split(",", 1)[0]?.replace(/^\//, "") ?? "";
    const id = string("ID", "Id");
    if (name === "" && id === "") continue;
    const status = string("Status");
    const state = (string("State") || stateOf(status)).toLowerCase();
    containers.push({
      id,
      name,
      image: string("Image"),
      state,
      status,
      ports: portsOf(member(entry, "Ports")),
    });
  }
  return containers;
}

/** Docker before 20.10 has no State. */
function stateOf(status: string): string {
  if (/^Up\b.*\(Paused\)$/.test(status)) return "paused";
  return /^Up\b/.test(status) ? "running" : (/^[A-Za-z]+/.exec(status)?.[0] ?? "unknown");
}

/** `0.0.0.0:2222->22/tcp, [::]:2222->22/tcp, 127.0.0.1:5000-5002->5000-5002/tcp, 8080/tcp`: the last is not published. */
function portsOf(value: unknown): ContainerPort[] {
  const ports = new Map<string, ContainerPort>();
  for (const part of typeof value === "string" ? value.slice(0, 10_000).split(",") : []) {
    const match = /^\s*(?:(\S*):)?(\d{1,5})(?:-(\d{1,5}))?->(\d{1,5})(?:-\d{1,5})?\/tcp\s*$/.exec(part);
    if (!match) continue;
    const address = cleanText(match[1] ?? "").replace(/^\[|\]$/g, "");
    const everywhere = ["", "0.0.0.0", "::", "*"].includes(address);
    const first = Number(match[2]);
    const last = Number(match[3] ?? first);
    for (let port = first; port <= last && ports.size < mostPorts; port++) {
      const entry = {
        address: everywhere ? null : address,
        hostPort: port,
        port: Number(match[4]) + port - first,
      };
      ports.set(`${entry.address} ${entry.hostPort}`, entry);
    }
  }
  return [...ports.values()];
}
