"""The state of the stand-in Mac: one JSON file, changed under a lock by root only.

Changes that take time (`onKickstart.afterSeconds`) are stored as due and applied by
whoever reads the state next, so that nothing has to run in between.
"""

import contextlib
import copy
import fcntl
import json
import os
import time

HOME = "/private/var/db/standin"
FILE = HOME + "/state.json"
CALLS = HOME + "/log/calls"
GNU = "/usr/libexec/gnu/bin"
MAC_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"

# Jobs and the guests that live and die with them, where a case does not say so itself.
GUEST_OF = {
    "org.nixos.linux-builder": "linux-builder",
    "org.nixos.darwin-builder": "linux-builder",
    "org.nixos.nixos-vm-based-linux-builder": "nixos-vm-based-linux-builder",
    "org.nixos.rosetta-builderd": "rosetta-builder",
    "org.nixos.virbyd": "virby-vm",
}


def read():
    with open(FILE, encoding="utf-8") as f:
        state = json.load(f)
    apply_due(state)
    return state


@contextlib.contextmanager
def change():
    """Read, change, write, alone. Root's business."""
    with open(HOME + "/lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = read()
        yield state
        write(state)


def write(state):
    tmp = FILE + ".new"
    with open(tmp, "w", encoding="utf-8") as f:
        json.dump(state, f)
    os.chmod(tmp, 0o644)
    os.rename(tmp, FILE)


def merge(base, patch):
    if not (isinstance(base, dict) and isinstance(patch, dict)):
        return patch
    out = dict(base)
    for key, value in patch.items():
        out[key] = merge(out.get(key), value)
    return out


def apply_due(state):
    now = time.time()
    while ready := [d for d in state["due"] if d["at"] <= now]:
        item = min(ready, key=lambda d: d["at"])
        state["due"].remove(item)
        job = state["launchd"].get(item["label"])
        if job is None or job.get("generation") != item["generation"]:
            continue  # stopped or restarted since
        finish_start(state, item["label"], job, item["patch"], item["at"])


# --- processes ---------------------------------------------------------------
def find_process(state, pid):
    return next((p for p in state["processes"] if p["pid"] == pid), None)


def descendants(state, pid):
    found, todo = [], [pid]
    while todo:
        parent = todo.pop()
        for p in state["processes"]:
            if p["ppid"] == parent and p["pid"] != parent:
                found.append(p["pid"])
                todo.append(p["pid"])
    return found


def remove_processes(state, pids):
    pids = set(pids)
    state["processes"] = [p for p in state["processes"] if p["pid"] not in pids]


def virtual_machines(state, pids):
    """Virtualization.framework's process is launchd's child; it ends with who asked for it."""
    mine = [
        p
        for p in map(lambda pid: find_process(state, pid), pids)
        if p and any(w in p["args"] for w in ("vzvm", "vfkit", "limactl", "determinate-nixd builder"))
    ]
    return [
        v["pid"]
        for v in state["processes"]
        if v["comm"].endswith("com.apple.Virtualization.VirtualMachine")
        and v["pid"] not in pids
        and any(abs(v["bornAt"] - p["bornAt"]) < 60 for p in mine)
    ]


def new_pid(state):
    state["nextPid"] = state.get("nextPid", 40000) + 7
    return state["nextPid"]


# --- jobs --------------------------------------------------------------------
def guest_of(state, label, job):
    alias = job.get("guest", GUEST_OF.get(label))
    if alias in state["guests"]:
        return alias
    return None


def key_is_good(heals):
    """Root may use the key file, and it is the one the guest knows."""
    try:
        info = os.stat(heals["key"])
        if info.st_uid != 0 or info.st_mode & 0o077:
            return False
        if heals.get("guestPub"):
            with open(heals["guestPub"]) as a, open(heals["key"] + ".pub") as b:
                return a.read().split()[:2] == b.read().split()[:2]
    except (OSError, ValueError):
        return False
    return True


def reach(guest):
    """A guest that refuses for its key's sake lets in once the key is right."""
    how = guest.get("reachable", "ssh")
    return "ssh" if how == "denied" and guest.get("heals") and key_is_good(guest["heals"]) else how


def install_keys(job):
    """What nixpkgs' create-builder does first: its own key to /etc/nix, if another is there."""
    ours, theirs = (
        f"{job.get('workingDirectory') or '/var/lib/linux-builder'}/keys/builder_ed25519",
        "/etc/nix/builder_ed25519",
    )
    if (
        not os.path.exists(ours)
        or key_is_good({"key": theirs, "guestPub": ours + ".pub"})
        or not os.path.exists(ours + ".pub")
    ):
        return
    try:
        with open(ours + ".pub") as a, open(theirs + ".pub") as b:
            if a.read() == b.read() and os.path.exists(theirs):
                return  # the same key, only with a wrong mode or owner: it does not look at that
    except OSError:
        pass
    import shutil

    for end, mode in (("", 0o600), (".pub", 0o644)):
        if os.path.lexists(theirs + end):
            os.unlink(theirs + end)
        shutil.copyfile(ours + end, theirs + end)
        os.chmod(theirs + end, mode)
        os.chown(theirs + end, 0, 350)


def is_running(job):
    return job.get("state") == "running" and job.get("pid") is not None


def stop_job(state, label, exit_code=None, signal=None):
    """The job's processes go, its listeners close, its guest is out of reach."""
    job = state["launchd"][label]
    job["generation"] = job.get("generation", 0) + 1
    pid = job.get("pid")
    if pid is not None:
        gone = [pid, *descendants(state, pid)]
        gone += virtual_machines(state, gone)
        tree = [copy.deepcopy(find_process(state, p)) for p in gone if find_process(state, p)]
        if tree:
            job["tree"] = tree  # what to bring back at the next start
        remove_processes(state, gone)
        for listener in state["listeners"]:
            if listener.get("pid") in gone:
                listener["down"] = True
                listener["job"] = label
        job["lastExitCode"], job["lastSignal"] = exit_code, signal
    job["pid"] = None
    job["state"] = "not running"
    alias = guest_of(state, label, job)
    if alias:
        guest = state["guests"][alias]
        guest.setdefault("was", guest.get("reachable", "ssh"))
        guest["reachable"] = "refused"
        guest["changed"] = True


def start_job(state, label, reason="non-ipc demand"):
    """Starts the job; what it leads to (`onKickstart`) comes due later."""
    job = state["launchd"][label]
    outcome = dict(job.get("onKickstart") or {})
    after = float(outcome.pop("afterSeconds", 0) or 0)
    now = time.time()
    job["generation"] = job.get("generation", 0) + 1
    job["runs"] = (job.get("runs") or 0) + 1
    job["state"] = "running"
    job["reason"] = reason
    job["pid"] = new_pid(state)
    job["startedAt"] = now
    spawn_tree(state, label, job, now)
    alias = guest_of(state, label, job)
    if alias:
        guest = state["guests"][alias]
        if label in GUEST_OF and "linux-builder" in alias:
            install_keys(job)
        guest.setdefault("was", guest.get("reachable", "ssh"))
        guest["reachable"], guest["changed"] = "silent", True
    if after > 0:
        state["due"].append({"at": now + after, "label": label, "generation": job["generation"], "patch": outcome})
    else:
        finish_start(state, label, job, outcome, now)
    return job["pid"]


def spawn_tree(state, label, job, now):
    """The job's own process and those it had before, with new ids and no age."""
    tree = job.get("tree") or []
    if not tree:
        arguments = job.get("arguments") or [job.get("program") or "/usr/libexec/unknown"]
        tree = [
            {
                "pid": 0,
                "ppid": 1,
                "user": job.get("user", "root"),
                "cpu": 0.4,
                "rssKB": 5200,
                "comm": job.get("program") or arguments[0],
                "args": " ".join(arguments),
            }
        ]
    ids = {tree[0]["pid"]: job["pid"]}
    for p in tree[1:]:
        ids[p["pid"]] = new_pid(state)
    for p in copy.deepcopy(tree):
        old = p["pid"]
        p["pid"], p["ppid"] = ids[old], ids.get(p["ppid"], p["ppid"])
        p["bornAt"] = now
        p["cpu"] = min(p.get("cpu", 0), 15.0)
        state["processes"].append(p)
    for listener in state["listeners"]:
        if listener.get("job") == label and listener.get("down"):
            listener["pid"] = ids.get(listener.get("pid"), job["pid"])
            listener["down"] = False


def finish_start(state, label, job, outcome, now):
    outcome = dict(outcome)
    patch = outcome.pop("patch", None)
    tail = outcome.pop("then", None)
    wanted = outcome.get("state", "running")
    if wanted != "running":
        stop_job(state, label, outcome.get("lastExitCode"), outcome.get("lastSignal"))
    alias = guest_of(state, label, job)
    if alias and wanted == "running":
        guest = state["guests"][alias]
        reach = outcome.pop("reachable", None)
        if reach is None:
            reach = guest.get("was") if guest.get("was") in ("ssh", "denied", "hostkey") else "ssh"
        guest["reachable"], guest["changed"] = reach, True
        guest["bootedAt"] = now
        guest["processes"] = [
            p for p in guest.get("processes") or [] if p.get("user") == "root"
        ]  # no build outlives it
    outcome.pop("pid", None)
    for key, value in outcome.items():
        if key == "runs" and isinstance(value, int) and value <= job["runs"]:
            continue
        job[key] = value
    if patch:
        merged = merge(state, patch)
        state.clear()
        state.update(merged)
    if tail and float(tail.get("afterSeconds", 0)) > 0:
        rest = dict(tail)
        state["due"].append(
            {
                "at": now + float(rest.pop("afterSeconds")),
                "label": label,
                "generation": job["generation"],
                "patch": rest,
            }
        )


def keep_alive(job):
    return bool(job.get("keepAlive"))


def listening(state):
    """Listeners that are there now, those that launchd itself holds for on-demand jobs among them."""
    import launchd

    there = [x for x in state["listeners"] if not x.get("down") and x.get("answers") != "refused"]
    taken = {x["port"] for x in there}
    for job in state["launchd"].values():
        for _, s in launchd.sockets(job) if job.get("sockets") and job.get("loaded", True) else ():
            if s.get("port") and int(s["port"]) not in taken:
                there.append(
                    {
                        "address": s.get("address", "127.0.0.1"),
                        "port": int(s["port"]),
                        "pid": 1,
                        "command": "launchd",
                        "answers": "nothing",
                    }
                )
    return there


def log_call(argv):
    """One line a call: uid, pid, the words as a shell would quote them."""
    import shlex

    line = f"{time.time():.3f}\t{os.getuid()}\t{os.getpid()}\t{shlex.join(argv)}\n"
    with contextlib.suppress(OSError):
        fd = os.open(CALLS, os.O_WRONLY | os.O_APPEND)
        os.write(fd, line.encode(errors="surrogateescape"))
        os.close(fd)
