/** The shell program that looks for a person's Nix code, in the usual places or in one that is named. */

import { mostNixBytes, mostNixFiles } from "../../model/settings/nix-code.ts";
import { nixOptions } from "../../model/settings/nix-options.ts";

export const findCodeName = "bt-nix-code";

/** One of them is in every file that sets an option, as an extended regular expression of grep(1). */
export const optionWords: string = [
  ...new Set(
    nixOptions.flatMap(({ place }) => {
      const [first = "", second = ""] = place.format === "nix-code" ? place.option : [];
      return first === "nix" ? [second] : [first];
    }),
  ),
].join("|");

/** As much as the program that reads it for the change takes. */
const mostBytesOfOne = 512 * 1024;
const deepest = 5;
/** Of names, before any of them is opened. */
const mostNames = 2000;

/**
 * `$1` the words of which a file has one, then directories and files; `~/` is the home, and so is where a relative path
 * begins. Links are followed to the file itself, and left alone where that is one that Nix made.
 *
 * What it prints says `parseNixCode`. The content's lines come behind a blank each: nothing in a file can be taken for a
 * word of ours.
 */
export const findCodeScript = `PATH=/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin LC_ALL=C
export PATH LC_ALL
set -f
words=$1
shift
for p do
case $p in '~/'*) p=$HOME/\${p#??};; /*) ;; *) p=$HOME/$p;; esac
if [ -d "$p/" ]; then
d=$(cd -P -- "$p/" 2>/dev/null && pwd -P) || { printf 'skipped %s\\n' "$p"; continue; }
printf 'place %s\\n' "$d"
find "$d" -maxdepth ${deepest} \\( -name .git -o -name node_modules -o -name .direnv \\) -prune -o -name '*.nix' \\( -type f -o -type l \\) -exec grep -lsE -e "$words" -- {} + 2>/dev/null
elif [ -e "$p" ]; then printf 'place %s\\n%s\\n' "$p" "$p"
fi
done | head -n ${mostNames} | {
n=0 bytes=0
while IFS= read -r f; do
case $f in /*) ;; *) printf '%s\\n' "$f"; continue;; esac
links=0
while [ -L "$f" ] && [ $links -lt 10 ]; do
t=$(readlink "$f") links=$((links + 1))
case $t in /*) f=$t;; *) f=\${f%/*}/$t;; esac
done
d=$(cd -P -- "\${f%/*}/" 2>/dev/null && pwd -P) || continue
f=\${d%/}/\${f##*/}
case $f in /nix/store/*|/nix/var/*) continue;; esac
{ [ -f "$f" ] && [ -r "$f" ]; } || { printf 'skipped %s\\n' "$f"; continue; }
size=$(($(wc -c <"$f")))
[ $size -le ${mostBytesOfOne} ] || { printf 'skipped %s\\n' "$f"; continue; }
n=$((n + 1)) bytes=$((bytes + size))
{ [ $n -le ${mostNixFiles} ] && [ $bytes -le ${mostNixBytes} ]; } || { echo more; break; }
printf 'file %s\\n' "$f"
while [ -n "$d" ]; do
[ ! -f "$d/flake.nix" ] || { printf 'flake %s\\n' "$d"; break; }
d=\${d%/*}
done
sed 's/^/ /' "$f"
echo
done
echo end
}
`;
