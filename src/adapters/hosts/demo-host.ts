/** The machines of the demonstration, as if they were recordings. */
import { type DemoAnswers, demoGuest, demoMac, demoMachines } from "../../model/demo/demo-machines.ts";
import type { SystemName } from "../../model/recording/format.ts";
import type { Collector } from "./collector.ts";
import { type Host, HostError } from "./host.ts";
import type { Recording } from "./recording-host.ts";

/** `clock`: seconds since the demonstration began. */
export function openDemo(clock: () => number): Pick<Recording, "host" | "collector" | "guest">[] {
  return demoMachines.map(({ name, answers, guests }) => ({
    host: demoHost(name),
    collector: played(answers, demoMac, clock),
    guest: (key) => {
      const guest = guests[key];
      if (!guest) return null;
      return "trouble" in guest
        ? { sample: () => Promise.reject(new HostError(guest.trouble)), close: () => {} }
        : played(guest.answers, demoGuest, clock);
    },
  }));
}

function played(answers: DemoAnswers, { system, processor }: SystemName, clock: () => number): Collector {
  return {
    sample: async (requests, signal) => {
      signal?.throwIfAborted();
      const now = clock();
      const sections = new Map(
        requests.flatMap((request) => {
          const answer = answers(request, now);
          return answer ? [[request, answer] as const] : [];
        }),
      );
      return { system, processor, sections, ourClock: null };
    },
    close: () => {},
  };
}

function demoHost(name: string): Host {
  return {
    ...{ name, address: null, transport: "recording", transportReason: "the built-in demonstration" },
    open: () =>
      Promise.reject(
        new HostError({
          kind: "not-recorded",
          message: `${name} is part of the demonstration: nothing can be started there`,
          retry: false,
        }),
      ),
    close: async () => {},
  };
}
