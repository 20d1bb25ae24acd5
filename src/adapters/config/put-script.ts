/**
 * The one shell program that changes a file which belongs to root.
 *
 * POSIX shell only: macOS has bash 3.2 or dash behind /bin/sh, others have busybox. Every tool is called as both BSD's
 * and GNU's understand it; where they differ, `$os` decides.
 */

/** The word before what it has to say, and its `$0`, by which a person finds it in a list of processes. */
export const putName = "bt-put";

/** How what it makes beside the file is called; older than an hour it is swept away at the next save. */
const temporaryPrefix = (name: string): string => `.${name}.bt.`;

export const backupSuffix = ".buildtop-bak";

/**
 * `$1` the file, `$2` the SHA-256 of what it holds or `absent`, `$3` the SHA-256 of what it shall hold or `absent`; the
 * new content is on stdin, or in the file `$4`.
 *
 * Both sums are needed. The old one tells that somebody else has changed the file since it was read; the new one tells
 * that the content came to its end: a lost connection looks like the end of stdin.
 *
 * One line on stdout says how it ended; the exit status is 0 if it is `written`, else 3. All is made beside the file in its own
 * directory, which is entered first, so that nobody can put another in its place, and takes the file's name by
 * rename(2). From the last look at the file on, signals wait: what is left takes no time.
 *
 * What is made carries the time and our process number in its name, and goes by that: a signal may come before its name
 * is known.
 *
 * What cp finds may be no file any more, and a moment later be one again: that is `changed`, too.
 *
 * Copies keep owner, mode, ACL and extended attributes: GNU's cp with `--preserve=all`, macOS's with `-p` (cp(1)). A
 * directory at the place of the file must not be moved into: GNU's mv has `-T` against that, BSD's `-h` (mv(1)).
 */
export const putScript = `PATH=/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin LC_ALL=C
export PATH LC_ALL
umask 077
path=$1 old=$2 new=$3 from=\${4-}
at= tmp= bak= made= first=
clear() {
[ -z "$at" ] || rm -f -- "./${temporaryPrefix("$name")}$at.$$."*
[ -z "$first" ] || rm -f -- "$first"
[ -z "$made" ] || { cd / && rmdir -- "$made" 2>/dev/null; }
}
say() {
trap '' HUP INT TERM
clear
printf '${putName} %s\\n' "$(printf %s "$1" | tr '\\n' ' ')"
[ "$1" = written ] && exit 0
exit 3
}
fail() {
case $2 in
*'No space left'*|*[Dd]'isk quota'*|*[Dd]'isc quota'*) say no-space;;
*'Read-only file system'*) say read-only;;
*'peration not permitted'*) say immutable;;
esac
say "refused $1: $2"
}
trap 'say "refused it was interrupted"' HUP INT TERM
trap '' PIPE
os=$(uname -s)
if command -v sha256sum >/dev/null 2>&1; then tool=sha256sum
elif command -v shasum >/dev/null 2>&1; then tool='shasum -a 256'
else say 'refused there is neither sha256sum nor shasum'; fi
sum() {
set -- $({ $tool <"$1"; } 2>/dev/null)
printf %s "\${1-}"
}
copy() {
[ "$os" = Darwin ] || { cp --preserve=all -- "$1" "$2" 2>/dev/null && return 0; }
cp -p -- "$1" "$2"
}
rename() {
case $os in Darwin) set -- -h "$@";; *) set -- -T "$@";; esac
e=$(mv -f "$1" -- "$2" "$3" 2>&1) && return 0
case $e in *option*) [ -d "$3" ] || { e=$(mv -f -- "$2" "$3" 2>&1) && return 0; };; esac
return 1
}
flush() {
{ [ "$os" != Darwin ] && sync -- "$1" 2>/dev/null; } || sync
}
swapped() {
look
case $1 in *irectory*) say changed;; esac
}
look() {
[ ! -L "./$name" ] || say symlink
if [ ! -e "./$name" ]; then now=absent
elif [ ! -f "./$name" ]; then say not-regular
else now=$(sum "./$name")
[ -n "$now" ] || [ ! -e "./$name" ] || [ -r "./$name" ] || say 'refused it cannot be read'
fi
[ "$now" = "$old" ] || say changed
}
case $path/ in
/*/../*|/*/./*|*//*) say 'refused its path is not plain';;
/*) ;;
*) say 'refused its path is not absolute';;
esac
dir=\${path%/*} name=\${path##*/}
if [ "$old" = absent ] && [ ! -e "$dir" ]; then
e=$(mkdir -m 755 -- "$dir" 2>&1) || fail 'its directory cannot be made' "$e"
made=$dir
fi
cd -P -- "$dir/" 2>/dev/null || say 'refused its directory cannot be entered'
if [ "$(id -u)" = 0 ]; then
set -- $(ls -ldn .)
[ "\${3-}" = 0 ] || say 'refused its directory belongs to another user than root'
case $1 in d????-??-*) ;; *) say 'refused its directory can be written by others than root';; esac
fi
look
if [ "$os" = Darwin ] && [ "$now" != absent ]; then
set -- $(ls -ldnO "./$name")
case ,\${5-}, in *,uchg,*|*,schg,*|*,uappnd,*|*,sappnd,*) say immutable;; esac
fi
at=$(date +%s)
for f in "./${temporaryPrefix("$name")}"*; do
t=\${f#"./${temporaryPrefix("$name")}"} t=\${t%%.*}
case $t in ''|0*|*[!0-9]*|????????????*) continue;; esac
[ $((at - t)) -lt 3600 ] || rm -f -- "$f"
done
temporary() {
mktemp "./${temporaryPrefix("$name")}$at.$$.XXXXXX" 2>&1
}
if [ "$new" != absent ]; then
e=$(temporary) || fail 'nothing can be made beside it' "$e"
tmp=$e
if [ "$old" = absent ]; then chmod 644 "$tmp"
else
e=$(copy "./$name" "$tmp" 2>&1) || { swapped "$e"; fail 'it cannot be copied' "$e"; }
[ "$(sum "$tmp")" = "$old" ] || say changed
fi
e=$({ if [ -n "$from" ]; then cat -- "$from"; else cat; fi >"$tmp"; } 2>&1) || fail 'it cannot be written' "$e"
[ "$(sum "$tmp")" = "$new" ] || say short-read
flush "$tmp"
fi
if [ "$old" != absent ]; then
e=$(temporary) || fail 'no backup can be made' "$e"
bak=$e
e=$(copy "./$name" "$bak" 2>&1) || { swapped "$e"; fail 'no backup can be made' "$e"; }
[ "$(sum "$bak")" = "$old" ] || say changed
flush "$bak"
fi
trap '' HUP INT TERM
look
if [ -n "$bak" ]; then
[ -e "./$name${backupSuffix}" ] || [ -L "./$name${backupSuffix}" ] || first=./$name${backupSuffix}
rename "$bak" "./$name${backupSuffix}" || fail 'no backup can be made' "$e"
bak=
look
fi
if [ -n "$tmp" ]; then
rename "$tmp" "./$name" || fail 'it cannot be replaced' "$e"
tmp=
elif [ "$old" != absent ]; then
e=$(rm -f -- "./$name" 2>&1) || fail 'it cannot be removed' "$e"
fi
made= first=
flush .
say written
`;
