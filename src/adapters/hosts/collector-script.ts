/** The shell program that a collector is: asked by lines on its standard input, it answers on its standard output. */
import { furtherDirectories } from "../../model/hosts/search-path.ts";
import { type Section, sections } from "./sections.ts";

export const collectorProtocol = "1";

/**
 * POSIX shell only: macOS has bash 3.2 or dash behind /bin/sh, others have busybox.
 *
 * `mark` begins each line of its own: it comes with the script and stands on no command line, which everybody there can
 * read. `$1` is the nonce it is known by there; `$2` and `$3` are process and nonce of a collector before it that hung: its
 * process group is ended where it is still that one.
 *
 * Sections run in this shell itself, as a shell of their own each would be a process more; what a section changes (the
 * directory, `set +f`) it or we put back.
 *
 * A question is a line `SEQ REQUEST…`, a request is a name and its words joined by commas. It never speaks unasked and
 * starts nothing in the background, so that the end of its input is its end.
 */
export function collectorScript(mark: string, table: Readonly<Record<string, Section>> = sections): string {
  const cases = Object.entries(table).flatMap(([name, { darwin, linux }]) =>
    darwin === linux
      ? [`*:${name}) ${linux}\n;;`]
      : [`Darwin:${name}) ${darwin}\n;;`, `*:${name}) ${linux}\n;;`],
  );
  // In braces: dash reads ahead on its input and would swallow the first question else.
  return `{
set -f
umask 077
LC_ALL=C PATH=/nix/var/nix/profiles/default/bin:/run/wrappers/bin:/run/current-system/sw/bin:$HOME/.nix-profile/bin:${furtherDirectories}:$PATH
export LC_ALL PATH
n=${mark}
[ -n "$2" ] && case $(ps -o args= -p "$2" 2>/dev/null) in *" $3"*) kill -s TERM -- "-$2" 2>/dev/null;; esac
set -- $(uname -sm)
s=$1
section() {
r=$s:$1
shift
case $r in
${cases.join("\n")}
*) return 127;;
esac
}
printf '\\n@%s hello ${collectorProtocol} %s %s %s\\n' "$n" "$1" "$2" "$$"
while read -r q l; do
[ "$q" = q ] && break
printf '\\n@%s begin %s\\n' "$n" "$q"
for x in $l; do
printf '\\n@%s sec %s\\n' "$n" "$x"
IFS=,; set -- $x; unset IFS
{ section "$@"; } </dev/null 2>/dev/null
c=$?
set -f
[ "$c" = 0 ] || printf '\\n@%s err %s %s\\n' "$n" "$x" "$c"
done
printf '\\n@%s end %s\\n' "$n" "$q"
done
exit 0
}
`;
}
