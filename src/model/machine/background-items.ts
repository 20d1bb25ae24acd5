/** macOS's list of background items, with the switches of System Settings, Login Items & Extensions (`sfltool dumpbtm`). */

/** Far more than a Mac has. */
const mostItems = 5_000;

/**
 * Labels of the daemons in /Library/LaunchDaemons that the person has switched off: their disposition says `disallowed`.
 * launchd does not load those at boot.
 */
export function parseDisallowedDaemons(text: string): ReadonlySet<string> {
  const disallowed = new Set<string>();
  for (const item of text.split(/^\s*#\d+:\s*$/m, mostItems)) {
    const disposition = /^\s*Disposition:\s*\[([^\]\n]*)\]/m.exec(item)?.[1] ?? "";
    const label = /^\s*URL:\s*file:\/\/\/Library\/LaunchDaemons\/([^/\n]{1,200})\.plist\s*$/m.exec(item)?.[1];
    if (label && disposition.split(/,\s*/).includes("disallowed")) disallowed.add(decoded(label));
  }
  return disallowed;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: as it stands.
    return text;
  }
}
