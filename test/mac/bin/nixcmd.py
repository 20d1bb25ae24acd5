"""nix and its family, and determinate-nixd: versions, settings, stores."""

import json
import os
import re
import sys
import time

import state as st

DAEMONS = ("org.nixos.nix-daemon", "systems.determinate.nix-daemon")
CONF = "/etc/nix/nix.conf"


def main(argv):
    state = st.read()
    name, args = argv[0], argv[1:]
    nix = state["nix"]
    if name == "determinate-nixd":
        return determinate(state, args)
    if "--version" in args:
        print(version_line(nix, name))
        return 0
    if name == "nix":
        return nix_main(state, args)
    if name == "nix-instantiate":
        return instantiate(args)
    if name == "nix-store" and args[:1] in (["--ping"],):
        return store_info(state, args, "text")
    if name == "nix-daemon":
        return fail("error: cannot open connection: this stand-in has no daemon behind it")
    return build(state, args)


def fail(*lines, code=1):
    for line in lines:
        print(line, file=sys.stderr)
    return code


def version_line(nix, name="nix"):
    v = nix.get("version", "2.34.0")
    if nix.get("flavour") == "determinate":
        return f"{name} (Determinate Nix {(nix.get('determinate') or {}).get('version', '3.22.2')}) {v}"
    if nix.get("flavour") == "lix":
        return f"{name} (Lix, like Nix) {v}"
    return f"{name} (Nix) {v}"


def number(text):
    return tuple(int(x) for x in re.findall(r"\d+", text)[:2])


def nix_main(state, args):
    opts, words, i = {}, [], 0
    takes_one = {
        "--extra-experimental-features",
        "--experimental-features",
        "--store",
        "--log-format",
        "--builders",
        "--max-jobs",
        "-j",
        "--cores",
        "--system",
        "--file",
        "-f",
        "--expr",
        "-E",
        "--eval-store",
        "--profile",
        "-o",
        "--out-link",
        "--override-input-one",
    }
    while i < len(args):
        a = args[i]
        if a in ("--option", "--arg", "--argstr", "--override-input"):
            opts.setdefault(a, []).append(args[i + 1 : i + 3])
            i += 3
            continue
        if a in takes_one:
            opts[a] = args[i + 1] if i + 1 < len(args) else ""
            i += 2
            continue
        if a.startswith("-"):
            opts[a] = True
        else:
            words.append(a)
        i += 1
    if not words:
        return fail(
            "error: no subcommand specified", "Try '/nix/var/nix/profiles/default/bin/nix --help' for more information."
        )
    values = settings(state)
    features = (
        str(opts.get("--extra-experimental-features", ""))
        + " "
        + str(opts.get("--experimental-features", ""))
        + " "
        + as_text(values.get("experimental-features", "nix-command flakes"))
    )
    if "nix-command" not in features:
        return fail(
            "error: experimental Nix feature 'nix-command' is disabled; add '--extra-experimental-features nix-command' to enable it"
        )
    v = number(state["nix"].get("version", "2.34.0"))
    if words[0] in ("show-config", "config"):
        if words[0] == "config" and (v < (2, 20) and state["nix"].get("flavour") != "determinate"):
            return fail("error: 'config' is not a recognised command", "Try 'nix --help' for more information.")
        if words[0] == "config" and words[1:2] == ["check"]:
            print(
                "[PASS] PATH contains only one nix version.\n[PASS] All profiles are gcroots.\n[PASS] Client protocol matches store protocol.\n[INFO] You are trusted by store uri: daemon"
            )
            return 0
        return show_config(values, words[1:] if words[0] == "show-config" else words[2:], "--json" in opts)
    if words[:1] == ["store"]:
        if words[1:2] == ["info"] and v < (2, 19) and state["nix"].get("flavour") == "nix":
            return fail("error: 'info' is not a recognised command", "Try 'nix --help' for more information.")
        if words[1:2] in (["info"], ["ping"]):
            if words[1] == "ping" and v >= (2, 19):
                print("warning: 'nix store ping' is a deprecated alias for 'nix store info'", file=sys.stderr)
            return store_info(state, args, "json" if "--json" in opts else "text", opts.get("--store"))
        return fail(
            f"error: '{words[1] if len(words) > 1 else ''}' is not a recognised command",
            "Try 'nix --help' for more information.",
        )
    if words[:1] in (["ping-store"],):
        return store_info(state, args, "text", opts.get("--store"))
    if words[:1] == ["ps"]:
        if state["nix"].get("ps") is None:
            return fail("error: 'ps' is not a recognised command", "Try 'nix --help' for more information.")
        print(json.dumps(state["nix"]["ps"]))
        return 0
    if words[0] in (
        "build",
        "develop",
        "shell",
        "run",
        "flake",
        "eval",
        "profile",
        "log",
        "path-info",
        "copy",
        "derivation",
        "why-depends",
    ):
        return build(state, args)
    return fail(f"error: '{words[0]}' is not a recognised command", "Try 'nix --help' for more information.")


# --- settings ----------------------------------------------------------------
def as_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value) if all(isinstance(x, str) for x in value) else json.dumps(value)
    if isinstance(value, dict):
        return " ".join(f"{k}={v}" for k, v in value.items())
    return "" if value is None else str(value)


def conf_files(path=CONF, depth=0):
    """What the files say now, includes followed."""
    out = {}
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            lines = f.read().splitlines()
    except OSError:
        return out
    for line in lines:
        line = line.split("#")[0].strip()
        include = re.match(r"(!?include)\s+(\S+)$", line)
        if include and depth < 10:
            out.update(conf_files(os.path.join(os.path.dirname(path), include[2]), depth + 1))
            continue
        key, eq, value = line.partition("=")
        if eq:
            out[key.strip()] = value.strip()
    return out


def settings(state):
    """The case's values, and over them what was changed in the files since it began."""
    values = dict(state["nix"].get("config") or {})
    then, now = state.get("confAtStart", {}), conf_files()
    for key, text in now.items():
        if then.get(key) == text:
            continue
        base, extra = key.removeprefix("extra-"), key.startswith("extra-")
        old = values.get(base)
        if extra and isinstance(old, list):
            values[base] = old + [x for x in text.split() if x not in old]
        elif isinstance(old, bool):
            values[base] = text == "true"
        elif isinstance(old, int):
            values[base] = int(text) if text.isdigit() else text
        elif isinstance(old, list) and base == "external-builders":
            values[base] = json.loads(text or "[]")
        elif isinstance(old, list):
            values[base] = text.split()
        else:
            values[base] = text
    for key in then:
        if key not in now:
            values.pop(key, None)
    return values


def show_config(values, names, as_json):
    if names:
        for name in names:
            if name not in values:
                return fail(f"error: could not find setting '{name}'")
        if not as_json:
            print("\n".join(as_text(values[n]) for n in names))
            return 0
    if as_json:
        print(
            json.dumps(
                {
                    k: {
                        "aliases": [],
                        "defaultValue": None,
                        "description": "",
                        "documentDefault": True,
                        "experimentalFeature": None,
                        "value": v,
                    }
                    for k, v in sorted(values.items())
                }
            )
        )
    else:
        for k, v in sorted(values.items()):
            print(f"{k} = {as_text(v)}")
    return 0


# --- stores ------------------------------------------------------------------
def daemon_down(state):
    """The case's word, until its job is stopped or started here: then the job's state."""
    said = (state["nix"].get("stores") or {}).get("daemon", {}).get("ok")
    for label in DAEMONS:
        job = state["launchd"].get(label)
        if job is not None:
            alive = job.get("loaded", True) and (st.is_running(job) or job.get("sockets"))
            return not alive if said is None or job.get("generation") else not said
    return said is False


def host_of(uri):
    m = re.match(r"[a-z-]+://(?:[^@/]*@)?(\[[^]]*\]|[^:/?]*)", uri)
    return m[1] if m else ""


def guest_at(state, uri):
    """The case's guest that a store URI leads to: by its name, or by the port of this machine that is its."""
    import sshcmd

    host = host_of(uri)
    if host in state["guests"]:
        return state["guests"][host]
    if host not in ("localhost", "127.0.0.1", "[::1]"):
        return None
    port = re.search(r":(\d+)(?:[/?]|$)", uri)
    at = port[1] if port and number(state["nix"].get("version", "2.34.0")) >= (2, 31) else "22"
    return next((g for alias, g in state["guests"].items() if str(sshcmd.port_of(state, alias, g)) == at), None)


def when_it_answers(state, uri):
    """What ssh meets at a guest. It waits for a banner for ever, and so does Nix."""
    import sshcmd

    host = host_of(uri)
    config = sshcmd.settings([st.GNU + "/ssh"], host)
    if host in state["guests"] and (config is None or not sshcmd.resolves(state, host, host, config)):
        return "unresolved"
    while True:
        reach = st.reach(guest_at(state, uri))
        if reach != "silent":
            return reach
        time.sleep(0.5)
        state = st.read()


def store_info(state, args, style, uri=None):
    uri = uri if isinstance(uri, str) else None
    stores = state["nix"].get("stores") or {}
    show = uri or "daemon"
    known = stores.get(show) or next(
        (s for u, s in stores.items() if uri and (u.split("?")[0] == uri.split("?")[0])), None
    )
    if known is None and uri:
        known = next((s for u, s in stores.items() if host_of(u) and host_of(u) == host_of(uri)), None)
    known = {k: v for k, v in (known or {}).items() if v is not None or k == "trusted"}
    error, ok = None, True
    guest = guest_at(state, uri) if uri else None
    if known.get("needsRoot") and os.geteuid():
        ok = False
    elif guest is not None:
        ok = when_it_answers(state, uri) == "ssh" and (known.get("ok", True) or bool(guest.get("changed")))
        error = None if guest.get("changed") else known.get("error")
        known = {"version": guest.get("nixVersion", "2.34.0"), **known}
    elif show in ("daemon", "auto"):
        ok = not daemon_down(state)
        error = (
            None
            if ok
            else known.get("error")
            or "cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused"
        )
    elif known:
        ok, error = known.get("ok", True), known.get("error")
    elif uri and uri.startswith("ssh"):
        ok = False
    time.sleep(known.get("seconds", 0))
    if style == "json":
        doc = {"url": show}
        if ok:
            doc["version"] = known.get("version", state["nix"].get("version", "2.34.0"))
            trusted = known.get("trusted", True)
            if trusted is not None:
                doc["trusted"] = int(trusted)
        print(json.dumps(doc, separators=(",", ":"), sort_keys=True))
    else:
        print(f"Store URL: {show}")
        if ok:
            print(f"Version: {known.get('version', state['nix'].get('version', '2.34.0'))}")
            if known.get("trusted", True) is not None:
                print(f"Trusted: {int(known.get('trusted', True))}")
    if not ok:
        error = error or f"failed to start SSH connection to '{host_of(uri or '')}'"
        return fail(error if "error:" in error.splitlines()[-1] else "error: " + error)
    return 0


# --- language, builds --------------------------------------------------------
def instantiate(args):
    """--parse looks at brackets, strings and comments only: enough to tell a broken file."""
    if "--parse" not in args:
        return fail("error: this stand-in cannot evaluate")
    paths = [a for a in args if not a.startswith("-")]
    text, where = (sys.stdin.read(), "«stdin»") if not paths or "-" in args else (None, None)
    for path in paths if text is None else []:
        try:
            text, where = open(path, encoding="utf-8").read(), path
        except OSError as e:
            return fail(f"error: path '{path}' does not exist")
    bare = re.sub(
        r"/\*.*?\*/|#[^\n]*|''(?:'''|''\$|''\\.|(?!'').)*''|\"(?:\\.|[^\"\\])*\"",
        lambda m: " " * len(m[0]),
        text,
        flags=re.S,
    )
    stack = []
    for i, c in enumerate(bare):
        if c in "([{":
            stack.append(c)
        elif c in ")]}":
            if not stack or "([{".index(stack.pop()) != ")]}".index(c):
                return syntax_error(text, i, f"unexpected '{c}'", where)
    if stack or not bare.strip():
        return syntax_error(text, len(text), "unexpected end of file", where)
    for m in re.finditer(r"(?<![=!<>])=(?!=)[^;={}()\[\]]*?[\w\s]=(?!=)", bare):
        if not re.search(r"\blet\b", m[0]):  # two bindings and no `;` between
            return syntax_error(text, m.end() - 1, "unexpected '='", where)
    print(text.strip())
    return 0


def syntax_error(text, at, what, where):
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return fail(f"error: syntax error, {what}", f"       at {where}:{line}:{column}:")


def build(state, args):
    if daemon_down(state):
        return fail("error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused")
    return fail("error: this stand-in builds nothing; name the command line under `commands` of the case")


# --- Determinate -------------------------------------------------------------
def daemon_online(state):
    d = state["nix"].get("determinate") or {}
    job = state["launchd"].get("systems.determinate.nix-daemon")
    if job is not None and job.get("startedAt"):
        return st.is_running(job)  # restarted since
    if job is not None and (
        not job.get("loaded", True) or (not st.is_running(job) and not job.get("sockets") and job.get("generation"))
    ):
        return False
    return d.get("daemon", "online") == "online"


def determinate(state, args):
    d = state["nix"].get("determinate") or {}
    version = d.get("version", "3.22.2")
    verb = args[0] if args else ""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.576470Z", time.gmtime())
    online = daemon_online(state)
    if verb == "version":
        if not online:
            print(
                f"  {stamp}  WARN determinate_nixd::command::version: Querying daemon information failed, e: client error (Connect)\n    at src/command/version.rs:115\n",
                file=sys.stderr,
            )
        print(
            f"Determinate Nixd daemon version: {d.get('daemonVersion', version) if online else 'offline'}\nDeterminate Nixd client version: {version}"
        )
        latest = d.get("latest")
        if latest and latest != version:
            print(
                f"Latest version: {latest}\n\nA new version of Determinate Nix is available. Please update Determinate Nix using the command line:\n\n    sudo determinate-nixd upgrade\n\nOr re-run the Determinate package from https://dtr.mn/determinate-nix"
            )
        else:
            print("\nYou are running the latest version of Determinate Nix.")
        if online and d.get("features"):
            print("\nThe following features are enabled:\n")
            for f in d["features"]:
                print(f" * \033[1m{f}\033[0m")
        return 0
    if verb == "status":
        logged_in = bool(d.get("loggedIn"))
        if not online:
            return fail("Error: client error (Connect)", "", "Caused by:", "    0: Connection refused (os error 61)")
        print(
            f"Logged in: {'true' if logged_in else 'false'}"
            if number(version) >= (3, 10)
            else f"Authentication: {'logged-in' if logged_in else 'logged-out'}"
        )
        return 0
    if verb == "--version":
        print(f"determinate-nixd {version}")
        return 0
    if verb in ("login", "auth", "upgrade", "init", "daemon", "fix", "completion", "builder"):
        return fail(f"Error: `{verb}` does nothing in this stand-in")
    return fail(
        f"error: unrecognized subcommand '{verb}'",
        "",
        "Usage: determinate-nixd [OPTIONS] <COMMAND>",
        "",
        "For more information, try '--help'.",
        code=2,
    )
