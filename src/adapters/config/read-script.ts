/** The shell program that reads a file to be edited, with how each part of its path stands there. */

export const readName = "bt-read";

/**
 * `$1` the file, `$2` the most bytes that are wanted.
 *
 * Prints `part MODE UID PATH` for the file and each directory above it (mode as ls(1) has it; `- -` where it is not
 * there), `link TARGET` behind those that are links, then one word: `absent`, `not-regular`, `unreadable`, `too-big`, or
 * `size BYTES` with the bytes in hexadecimal and `end` behind them: an answer that was cut off is seen to be one.
 */
export const readScript = `PATH=/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin LC_ALL=C
export PATH LC_ALL
set -f
path=$1 most=$2 p= rest=\${1#/}
while [ -n "$rest" ]; do
above=$p p=$p/\${rest%%/*}
case $rest in */*) rest=\${rest#*/};; *) rest=;; esac
set -- $(ls -ldn "$p" 2>/dev/null)
printf 'part %s %s %s\\n' "\${1:--}" "\${3:--}" "$p"
[ ! -L "$p" ] || printf 'link %s\\n' "$(readlink "$p")"
[ ! -d "$above/" ] || [ -x "$above/" ] || { echo unreadable; exit 0; }
done
[ -e "$path" ] || { echo absent; exit 0; }
[ -f "$path" ] || { echo not-regular; exit 0; }
[ -r "$path" ] || { echo unreadable; exit 0; }
size=$(wc -c <"$path") || exit
[ "$size" -le "$most" ] || { echo too-big; exit 0; }
echo size $size
od -An -v -tx1 <"$path" || exit
echo end
`;
