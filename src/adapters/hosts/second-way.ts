/** A machine reached by the first of two ways, and by the second where the first cannot talk to it at all. */
import { type Host, HostError, NoCommonGround } from "./host.ts";

/** `second` is made when it is needed, once; from then on all goes that way. */
export function withSecondWay(first: Host, second: (why: string) => Promise<Host>): Host {
  let current = first;
  let changing: Promise<Host> | null = null;
  const change = async (error: NoCommonGround): Promise<Host> => {
    const next = await second([error.trouble.message, ...error.trouble.details.slice(0, 1)].join(": "));
    await first.close();
    current = next;
    return next;
  };
  return {
    get name() {
      return current.name;
    },
    get address() {
      return current.address;
    },
    get transport() {
      return current.transport;
    },
    get transportReason() {
      return current.transportReason;
    },
    get notes() {
      return [...(first.notes ?? []), ...(current === first ? [] : (current.notes ?? []))];
    },
    get commandFromHere() {
      return current.commandFromHere?.bind(current);
    },
    async open(command, options) {
      try {
        return await current.open(command, options);
      } catch (error) {
        if (!(error instanceof NoCommonGround) || current !== first) throw error;
        changing ??= change(error);
        const next = await changing.catch((reason: unknown) => {
          changing = null;
          // Why there is no second way says less than why there is no first.
          throw reason instanceof HostError ? error : reason;
        });
        return next.open(command, options);
      }
    },
    close: () => current.close(),
  };
}
