"""The stand-in Mac's first process: sets the machine up from its case, takes the ssh
connections (a real sshd for each), holds the listeners and runs the guests' shells.

  init.py PORT stdin|-    inside the mount namespace mac.sh made; prints `ready PID USER PORT`; with `stdin` it ends
                          when its stdin does
  init.py --as USER CMD…  a command as that user, with the environment ssh would give it
"""

import array
import base64
import contextlib
import ctypes
import fcntl
import json
import os
import plistlib
import pwd
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, "/usr/libexec/standin")
import state as st

APPLE_JOBS = {
    "com.apple.logd": {"pid": 331, "program": "/usr/libexec/logd", "keepAlive": True},
    "com.apple.metadata.mds": {
        "pid": 361,
        "program": "/System/Library/Frameworks/CoreServices.framework/Frameworks/Metadata.framework/Support/mds",
        "keepAlive": True,
    },
    "com.apple.WindowServer": {
        "pid": 388,
        "program": "/System/Library/PrivateFrameworks/SkyLight.framework/Resources/WindowServer",
        "keepAlive": True,
        "user": "_windowserver",
    },
    "com.apple.backupd": {
        "lastExitCode": 0,
        "program": "/System/Library/CoreServices/backupd.bundle/Contents/Resources/backupd",
    },
    "com.openssh.sshd": {
        "lastExitCode": 0,
        "program": "/usr/libexec/sshd-keygen-wrapper",
        "sockets": {"Listeners": {"service": "ssh"}},
    },
}
GUESTS = st.HOME + "/guests"
NIX_NAMES = (
    "nix nix-store nix-build nix-instantiate nix-env nix-shell nix-daemon nix-collect-garbage nix-channel".split()
)


# --- the case becomes a machine ----------------------------------------------
def prepare():
    with open(st.HOME + "/case.json", encoding="utf-8") as f:
        case = json.load(f)
    os.unlink(st.HOME + "/case.json")
    now = time.time()
    state = normal(case, now)
    accounts(state, case.get("files") or {})
    write_system_files(state)
    nix_programs(state)
    write_files(state, case.get("files") or {}, now)
    write_plists(state)
    command_programs(state)
    healing_keys(state)
    import nixcmd

    state["confAtStart"] = nixcmd.conf_files()
    st.write(state)
    open(st.HOME + "/lock", "a").close()
    for alias in state["guests"]:
        make_guest(alias, state["guests"][alias].get("lacks") or ())
    return state


def normal(case, now):
    """The case with every key there, and its times turned from ages into dates."""
    host = {
        "name": "studio",
        "user": "ada",
        "macos": "26.2",
        "build": "25C56",
        "model": "Mac16,10",
        "chip": "Apple M4",
        "cores": 10,
        "memoryBytes": 16 << 30,
        "bootedSecondsAgo": 400000,
        "sudo": "password",
        **(case.get("host") or {}),
    }
    load = {
        "loadavg": [1.83, 1.92, 2.04],
        "cpu": {"user": 8.2, "sys": 5.1, "idle": 86.7},
        "memory": {},
        "swapUsedBytes": 0,
        "pressureLevel": 1,
        **(case.get("load") or {}),
    }
    total = host["memoryBytes"]
    load["memory"] = {
        k: int(total * share)
        for k, share in (
            ("active", 0.3),
            ("wired", 0.12),
            ("compressed", 0.05),
            ("inactive", 0.28),
            ("free", 0.2),
            ("speculative", 0.02),
        )
    } | load["memory"]
    disks = case.get("disks") or []
    if not disks:
        disks = [
            {"mount": m, "device": d, "sizeKB": 482797652, "usedKB": u, "availKB": 281000000}
            for m, d, u in (
                ("/", "/dev/disk3s1s1", 11800000),
                ("/System/Volumes/Data", "/dev/disk3s5", 150000000),
                ("/nix", "/dev/disk3s7", 39000000),
            )
        ]
    state = {
        "host": host,
        "load": load,
        "disks": disks,
        "launchd": {},
        "processes": [],
        "listeners": [],
        "guests": case.get("guests") or {},
        "nix": {"flavour": "nix", "version": "2.34.0", "config": {}, "stores": {}, **(case.get("nix") or {})},
        "log": case.get("log") or {},
        "commands": {},
        "sysctl": case.get("sysctl") or {},
        "due": [],
        "upAt": now,
        "bootAt": now - host["bootedSecondsAgo"],
        "nextPid": 40000,
        "sizes": {},
    }
    used = {p.get("pid") for p in case.get("processes") or []}
    apple = {label: job for label, job in APPLE_JOBS.items() if job.get("pid") not in used}
    for label, job in {**apple, **(case.get("launchd") or {})}.items():
        job = dict(job)
        job.setdefault("loaded", True)
        job.setdefault("state", "running" if job.get("pid") else "not running")
        job.setdefault("runs", 1 if job.get("pid") or job.get("lastExitCode") is not None else 0)
        if not job.get("arguments") and job.get("program"):
            job["arguments"] = [job["program"]]
        state["launchd"][label] = job
    for line, answer in (case.get("commands") or {}).items():
        words = line.split(" ")
        sudo = words[0] == "sudo"
        rest = [w for w in words[1:] if w != "-n"] if sudo else words
        rest[0] = os.path.basename(rest[0])
        state["commands"][("sudo " if sudo else "") + " ".join(rest)] = (
            answer if isinstance(answer, dict) else {"stdout": answer}
        )
    age = host["bootedSecondsAgo"]
    always = [
        (1, 0, "root", "/sbin/launchd", 21840),
        (402, 1, host["user"], "/System/Library/CoreServices/loginwindow.app/Contents/MacOS/loginwindow", 40960),
    ]
    state["processes"] = [
        {
            "pid": pid,
            "ppid": ppid,
            "user": user,
            "cpu": 0.1,
            "rssKB": rss,
            "comm": comm,
            "args": comm,
            "bornAt": now - age + pid / 10,
        }
        for pid, ppid, user, comm, rss in always
        if pid not in used
    ]
    for p in case.get("processes") or []:
        p = {"ppid": 1, "user": "root", "cpu": 0.0, "rssKB": 4096, **p}
        p["comm"] = p.get("comm") or (p.get("args") or "unknown").split(" ")[0]
        p["args"] = p.get("args") or p["comm"]
        p["bornAt"] = now - float(p.get("elapsedSeconds", age - 20))
        state["processes"].append(p)
    for label, job in state["launchd"].items():
        if st.is_running(job) and not any(p["pid"] == job["pid"] for p in state["processes"]):
            arguments = job.get("arguments") or ["/usr/libexec/unknown"]
            state["processes"].append(
                {
                    "pid": job["pid"],
                    "ppid": 1,
                    "user": job.get("user", "root"),
                    "cpu": 0.0,
                    "rssKB": 5200,
                    "comm": job.get("program") or arguments[0],
                    "args": " ".join(arguments),
                    "bornAt": now - float(job.get("elapsedSeconds", age - 20)),
                }
            )
    for listener in case.get("listeners") or []:
        listener = dict(listener)
        listener["port"] = int(listener["port"])
        listener.setdefault("answers", "nothing")
        state["listeners"].append(listener)
    for alias, guest in state["guests"].items():
        guest["bootedAt"] = now - float(guest.get("uptimeSeconds", age - 60))
    return state


def accounts(state, files):
    user = state["host"]["user"]
    admin = state["host"]["sudo"] != "none"
    home = state["host"].get("home", f"/Users/{user}")
    people = [
        ("root", 0, 0, "System Administrator", "/var/root", "/bin/sh"),
        ("daemon", 1, 1, "System Services", "/var/root", "/usr/bin/false"),
        ("nobody", 65534, 65534, "Unprivileged User", "/var/empty", "/usr/bin/false"),
        ("_windowserver", 88, 88, "WindowServer", "/var/empty", "/usr/bin/false"),
        ("_sshd", 75, 75, "sshd Privilege separation", "/var/empty", "/usr/bin/false"),
        ("sshd", 76, 75, "", "/var/empty", "/usr/bin/false"),
        (user, 501, 20, user.capitalize(), home, state["host"].get("shell", "/bin/zsh")),
    ]
    if state["nix"]["flavour"] != "none":
        people += [
            (f"_nixbld{i}", 350 + i, 350, f"Nix build user {i}", "/var/empty", "/sbin/nologin") for i in range(1, 33)
        ]
    known = {p[0] for p in people}
    wanted = {p["user"] for p in state["processes"]} | {j["user"] for j in state["launchd"].values() if j.get("user")}
    wanted |= {f["owner"] for f in files.values() if isinstance(f, dict) and isinstance(f.get("owner"), str)}
    for i, name in enumerate(sorted(wanted - known)):
        uid = {"_rosettabuilder": 349, "_virby": 348}.get(name, 240 + i)
        people.append((name, uid, uid, name, "/var/empty", "/usr/bin/false"))
    groups = {
        "wheel": (0, ["root"]),
        "daemon": (1, ["root"]),
        "kmem": (2, ["root"]),
        "sys": (3, ["root"]),
        "tty": (4, ["root"]),
        "operator": (5, ["root"]),
        "mail": (6, []),
        "bin": (7, []),
        "everyone": (12, [user]),
        "staff": (20, ["root"]),
        "localaccounts": (61, [user]),
        "_sshd": (75, []),
        "admin": (80, ["root"] + ([user] if admin else [])),
        "_windowserver": (88, []),
        "com.apple.access_ssh": (399, [user]),
        "nogroup": (65534, []),
        "shadow": (42, []),
        "utmp": (45, []),
    }
    if state["nix"]["flavour"] != "none":
        groups["nixbld"] = (350, [f"_nixbld{i}" for i in range(1, 33)])
    for name, _, gid, *_ in people:
        if gid not in [g for g, _ in groups.values()]:
            groups[name] = (gid, [])
    import warnings

    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

    word = crypt.crypt("hunter2", crypt.mksalt(crypt.METHOD_SHA256, rounds=5000))
    write("/etc/passwd", "".join(f"{n}:x:{u}:{g}:{real}:{h}:{s}\n" for n, u, g, real, h, s in people))
    write("/etc/group", "".join(f"{n}:x:{g}:{','.join(m)}\n" for n, (g, m) in groups.items()))
    write("/etc/shadow", "".join(f"{p[0]}:{word if p[0] == user else '*'}:19000:0:99999:7:::\n" for p in people), 0o600)
    for name in ("/etc/gshadow", "/etc/subuid", "/etc/subgid"):
        if os.path.exists(name):
            os.unlink(name)
    os.makedirs(home, exist_ok=True)
    for folder in ("", "/Library", "/Library/LaunchAgents", "/.ssh"):
        os.makedirs(home + folder, exist_ok=True)
        os.chown(home + folder, 501, 20)
        os.chmod(home + folder, 0o700 if folder == "/.ssh" else 0o750 if not folder else 0o755)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def write_system_files(state):
    name = state["host"]["name"]
    rule = {
        "password": "%admin ALL = (ALL) ALL",
        "nopasswd": "%admin ALL = (ALL) NOPASSWD: ALL",
        "none": "# nobody else",
    }[state["host"]["sudo"]]
    keep = "BLOCKSIZE COLORFGBG COLORTERM CHARSET LANG LANGUAGE LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LINES COLUMNS LSCOLORS SSH_AUTH_SOCK TZ EDITOR VISUAL HOME MAIL"
    write(
        "/etc/sudoers",
        f'Defaults env_reset\nDefaults !secure_path\nDefaults !mail_no_user\nDefaults !mail_badpass\nDefaults !lecture\nDefaults env_keep += "{keep}"\n'
        f"root ALL = (ALL) ALL\n{rule}\n@includedir /private/etc/sudoers.d\n",
        0o440,
    )
    os.makedirs("/etc/sudoers.d", exist_ok=True)
    for old in os.listdir("/etc/sudoers.d"):
        os.unlink("/etc/sudoers.d/" + old)
    short = name.split(".")[0]
    write(
        "/etc/hosts",
        f"##\n# Host Database\n##\n127.0.0.1\tlocalhost\n255.255.255.255\tbroadcasthost\n::1             localhost\n127.0.0.1\t{short} {short}.local\n",
    )
    write("/etc/shells", "/bin/bash\n/bin/csh\n/bin/dash\n/bin/ksh\n/bin/sh\n/bin/tcsh\n/bin/zsh\n")
    write("/etc/zshrc", "# System-wide profile for interactive zsh(1) shells.\nPS1='%n@%m %1~ %# '\n")
    write(
        "/etc/zprofile",
        "# System-wide profile for interactive zsh(1) login shells.\nPATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin\n",
    )
    write("/etc/profile", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin\n")
    write("/etc/paths", "/usr/local/bin\n/usr/bin\n/bin\n/usr/sbin\n/sbin\n")
    write(
        "/etc/ssh/ssh_config",
        "# This is the ssh client system-wide configuration file.\nInclude /etc/ssh/ssh_config.d/*\n\nHost *\n    SendEnv LANG LC_*\n",
    )
    write(
        "/etc/ssh/sshd_config",
        "# This is the sshd server system-wide configuration file.\nInclude /etc/ssh/sshd_config.d/*\nAuthorizedKeysFile\t.ssh/authorized_keys\nSubsystem\tsftp\t/usr/libexec/sftp-server\n",
    )
    for key, mode in (("host", 0o600), ("host.pub", 0o644)):
        shutil.move(f"{st.HOME}/{key}", "/etc/ssh/ssh_host_ed25519_key" + (".pub" if key != "host" else ""))
        os.chmod("/etc/ssh/ssh_host_ed25519_key" + (".pub" if key != "host" else ""), mode)
    shutil.move(st.HOME + "/client.pub", st.HOME + "/authorized_keys")
    os.chmod(st.HOME + "/authorized_keys", 0o644)
    write(
        st.HOME + "/sshd_config",
        f"""Include /etc/ssh/sshd_config.d/*
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile {st.HOME}/authorized_keys .ssh/authorized_keys
AllowUsers {state['host']['user']}
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PermitRootLogin no
PrintLastLog no
PrintMotd no
AcceptEnv LANG LC_*
SetEnv PATH={st.MAC_PATH}
Subsystem sftp /usr/libexec/sftp-server
PidFile none
""",
    )
    version = state["host"]["macos"]
    write(
        "/System/Library/CoreServices/SystemVersion.plist",
        plistlib.dumps(
            {
                "ProductName": "macOS",
                "ProductVersion": version,
                "ProductBuildVersion": state["host"]["build"],
                "ProductUserVisibleVersion": version,
            }
        ).decode(),
    )
    if not os.path.lexists("/home"):
        os.makedirs("/home", exist_ok=True)


def nix_programs(state):
    flavour, labels = state["nix"]["flavour"], state["launchd"]
    if flavour == "none":
        os.rmdir("/nix")
        return
    folders = ["/nix/var/nix/profiles/default/bin"]
    if state["host"].get(
        "nixDarwin",
        any(x.startswith("org.nixos.") and x not in ("org.nixos.nix-daemon", "org.nixos.darwin-store") for x in labels),
    ):
        folders.append("/run/current-system/sw/bin")
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
        for name in NIX_NAMES + (["darwin-rebuild"] if "current-system" in folder else []):
            os.symlink("/usr/libexec/standin/mac", f"{folder}/{name}")
    os.makedirs("/nix/store", exist_ok=True)
    os.makedirs("/nix/var/nix/daemon-socket", exist_ok=True)
    os.makedirs("/nix/var/log/nix/drvs", exist_ok=True)
    os.makedirs("/etc/nix", exist_ok=True)
    if flavour == "determinate":
        os.makedirs("/nix/var/determinate", exist_ok=True)
        os.symlink("/usr/libexec/standin/mac", "/usr/local/bin/determinate-nixd")


def octal(mode):
    """ "0644", "644" and the number 644 all mean 0o644."""
    return int(str(mode).removeprefix("0o"), 8)


def write_files(state, files, now):
    import grp

    user = state["host"]["user"]
    home = f"/Users/{user}"
    age = state["host"]["bootedSecondsAgo"] + 86400
    if "/etc/nix/nix.conf" not in files and state["nix"]["flavour"] != "none":
        import nixcmd

        conf = {k: v for k, v in state["nix"]["config"].items() if k not in ("external-builders",)}
        write(
            "/etc/nix/nix.conf",
            "".join(f"{k} = {nixcmd.as_text(v)}\n" for k, v in conf.items())
            + ("!include nix.custom.conf\n" if state["nix"]["flavour"] == "determinate" else ""),
        )
        os.utime("/etc/nix/nix.conf", (now - age, now - age))
    stamps = []
    for path, spec in files.items():
        if spec is None:
            continue
        if isinstance(spec, str):
            spec = {"content": spec}
        path = path.replace("~", home, 1) if path.startswith("~") else path
        mine = path.startswith(home)
        parent = os.path.dirname(path)
        missing = []
        while not os.path.exists(parent):
            missing.append(parent)
            parent = os.path.dirname(parent)
        for folder in reversed(missing):
            os.mkdir(folder, 0o755)
            if mine:
                os.chown(folder, 501, 20)
        if os.path.lexists(path) and not os.path.isdir(path):
            os.unlink(path)
        try:
            uid = uid_of(spec.get("owner", user if mine else "root"))
            gid = (
                spec["group"]
                if isinstance(spec.get("group"), int)
                else grp.getgrnam(spec.get("group", "staff" if mine else "wheel")).gr_gid
            )
        except KeyError as e:
            print(f"mac: {path}: no such account: {e}", file=sys.stderr)
            uid = gid = 0
        if "symlink" in spec:
            if os.path.lexists(path):
                shutil.rmtree(path)
            os.symlink(spec["symlink"], path)
            os.lchown(path, uid, gid)
        elif spec.get("directory"):
            os.makedirs(path, exist_ok=True)
        elif spec.get("socket"):
            SOCKETS.append(path)
            continue
        else:
            content = spec.get("content", "")
            data = (
                base64.b64decode(spec["contentBase64"])
                if "contentBase64" in spec
                else content.encode() if isinstance(content, str) else json.dumps(content, indent=2).encode() + b"\n"
            )
            with open(path, "wb") as f:
                f.write(data)
                if spec.get("sizeBytes", 0) > len(data):
                    f.truncate(int(spec["sizeBytes"]))
            if "allocatedBytes" in spec or "sizeBytes" in spec:
                state["sizes"][os.path.realpath(path)] = {"allocatedBytes": int(spec.get("allocatedBytes", len(data)))}
        if "symlink" not in spec:
            os.chown(path, uid, gid)
            os.chmod(path, octal(spec.get("mode", "0755" if spec.get("directory") else "0644")))
        if spec.get("locked"):
            f = open(path, "rb")
            fcntl.flock(f, fcntl.LOCK_EX)
            HELD.append(f)
        stamps.append((path, now - float(spec.get("ageSeconds", age))))
    for path, t in sorted(stamps, key=lambda x: -len(x[0])):
        os.utime(path, (t, t), follow_symlinks=False)


def healing_keys(state):
    """Which guests refuse only because of their key file; they let in when it is put right."""
    for alias, guest in state["guests"].items():
        if guest.get("reachable") != "denied":
            continue
        done = subprocess.run(["ssh", "-G", alias], capture_output=True, text=True)
        files = [line.split(" ", 1)[1] for line in done.stdout.splitlines() if line.startswith("identityfile ")]
        key = next((f for f in files if not f.startswith("~")), None)
        if key is None:
            continue
        label = next((x for x, j in state["launchd"].items() if st.guest_of(state, x, j) == alias), None)
        pub = f"{(state['launchd'].get(label) or {}).get('workingDirectory') or '/var/lib/linux-builder'}/keys/builder_ed25519.pub"
        heals = {
            "key": key,
            "guestPub": pub if label and os.path.exists(pub) and os.path.basename(key) == "builder_ed25519" else None,
        }
        if not st.key_is_good(heals):
            guest["heals"] = heals


def uid_of(owner):
    return owner if isinstance(owner, int) else int(owner) if str(owner).isdigit() else pwd.getpwnam(owner).pw_uid


def write_plists(state):
    import launchd

    for label, job in state["launchd"].items():
        path = launchd.plist_path(label, job)
        if os.path.lexists(path) or job.get("plist") is False:
            continue
        plist = {
            "Label": label,
            "ProgramArguments": job.get("arguments") or ["/usr/bin/true"],
            "RunAtLoad": bool(job.get("runAtLoad", job.get("keepAlive"))),
        }
        for key, name in (
            ("keepAlive", "KeepAlive"),
            ("stdout", "StandardOutPath"),
            ("stderr", "StandardErrorPath"),
            ("workingDirectory", "WorkingDirectory"),
            ("user", "UserName"),
        ):
            if job.get(key):
                plist[name] = job[key]
        write(path, plistlib.dumps(plist).decode())
        t = state["bootAt"] - 86400
        os.utime(path, (t, t))


def command_programs(state):
    """A program that only the case's `commands` knows gets its place on the PATH."""
    for line in state["commands"]:
        name = line.removeprefix("sudo ").split(" ")[0]
        places = [
            f"{d}/{name}"
            for d in (
                "/bin",
                "/usr/bin",
                "/usr/sbin",
                "/sbin",
                "/usr/local/bin",
                "/nix/var/nix/profiles/default/bin",
                "/run/current-system/sw/bin",
            )
            if os.path.lexists(f"{d}/{name}")
        ]
        for place in places or [f"/usr/local/bin/{name}"]:
            if not os.path.islink(place) or not os.readlink(place).endswith("/standin/mac"):
                if os.path.lexists(place):
                    os.unlink(place)
                os.symlink("/usr/libexec/standin/mac", place)


# --- guests ------------------------------------------------------------------
def make_guest(alias, lacks):
    """A small Linux below HOME/guests: Debian's programs, answers of guest.py before them."""
    root = f"{GUESTS}/{alias}"
    for folder in (
        "usr/bin",
        "usr/lib",
        "usr/libexec",
        "usr/share",
        "run/wrappers/bin",
        "run/current-system/sw",
        "etc",
        "proc/pressure",
        "tmp",
        "dev",
        "nix/store",
        "home/builder",
        "root",
        "var/empty",
    ):
        os.makedirs(f"{root}/{folder}", exist_ok=True)
    os.chmod(f"{root}/tmp", 0o1777)
    for name, to in (
        ("bin", "usr/bin"),
        ("lib", "usr/lib"),
        ("lib64", "usr/lib64"),
        ("run/current-system/sw/bin", "/usr/bin"),
    ):
        os.symlink(to, f"{root}/{name}")
    os.makedirs(f"{root}/usr/lib64", exist_ok=True)
    for source, to in (
        ("/usr/libexec/gnu/bin", "usr/bin"),
        ("/usr/lib", "usr/lib"),
        ("/usr/libexec", "usr/libexec"),
        ("/usr/lib64", "usr/lib64"),
        ("/dev", "dev"),
    ):
        if os.path.exists(source):
            subprocess.run(["mount", "--rbind", source, f"{root}/{to}"], check=True)
    for name in "ps df nproc uname date nix nix-store nix-daemon hostname free uptime systemctl".split():
        if name in lacks:
            continue
        os.symlink("/usr/libexec/standin/guest.py", f"{root}/run/wrappers/bin/{name}")
    write(
        f"{root}/etc/passwd",
        "root:x:0:0:System administrator:/root:/bin/sh\nbuilder:x:1000:100::/home/builder:/bin/bash\n"
        + "".join(f"nixbld{i}:x:{30000 + i}:30000:Nix build user {i}:/var/empty:/bin/false\n" for i in range(1, 33)),
    )
    write(f"{root}/etc/group", "root:x:0:\nusers:x:100:\nnixbld:x:30000:\n")
    write(f"{root}/etc/os-release", 'NAME=NixOS\nID=nixos\nVERSION_ID="26.05"\nPRETTY_NAME="NixOS 26.05"\n')


def guest_shell(request, fds):
    """In a child: becomes the guest's shell."""
    import guest

    state = st.read()
    g = state["guests"][request["alias"]]
    root = f"{GUESTS}/{request['alias']}"
    guest.write_proc(root, g, state)
    os.setsid()
    for target, fd in enumerate(fds):
        os.dup2(fd, target)
    os.closerange(3, 4096)
    os.chroot(root)
    try:
        p = pwd.getpwnam(request["user"])  # the guest's file now
    except KeyError:
        p = pwd.getpwnam("builder")
    os.chdir(p.pw_dir)
    os.setgroups([])
    os.setgid(p.pw_gid)
    os.setuid(p.pw_uid)
    env = {
        "PATH": "/run/wrappers/bin:/run/current-system/sw/bin",
        "HOME": p.pw_dir,
        "USER": p.pw_name,
        "LOGNAME": p.pw_name,
        "SHELL": "/bin/bash",
        "LANG": "en_US.UTF-8",
    }
    if request["command"]:
        os.execve("/bin/bash", ["bash", "-c", request["command"]], env)
    os.execve("/bin/bash", ["-bash"], env)


# --- the first process -------------------------------------------------------
HELD, SOCKETS = [], []
NEWNET, NEWPID, NEWUTS, NEWIPC = 0x40000000, 0x20000000, 0x04000000, 0x08000000


def mounts():
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
    # Ids far from those a case gives its processes. Before Linux 6.14 pid_max was the whole machine's: not ours to set.
    own_limit = tuple(int(x) for x in os.uname().release.split("-")[0].split(".")[:2]) >= (6, 14)
    for path, value in ((("/proc/sys/kernel/pid_max", "99999"),) if own_limit else ()) + (
        ("/proc/sys/kernel/ns_last_pid", "61000"),
    ):
        try:
            with open(path, "w") as f:
                f.write(value)
        except OSError:
            pass  # the machine's ids end before: small ones then
    # Of Linux' /proc only the processes stay, which sudo needs: no meminfo, no stat.
    subprocess.run(["umount", "/proc"], check=True)
    subprocess.run(["mount", "-t", "proc", "-o", "subset=pid", "proc", "/proc"], check=True)
    os.makedirs("/dev/pts", exist_ok=True)
    subprocess.run(
        ["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620,gid=4", "devpts", "/dev/pts"], check=True
    )
    for name, to in (
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "fd/0"),
        ("stdout", "fd/1"),
        ("stderr", "fd/2"),
    ):
        os.symlink(to, f"/dev/{name}")


def loopback():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    request = struct.pack("16sh", b"lo", 1 | 64)  # IFF_UP | IFF_RUNNING
    fcntl.ioctl(s, 0x8914, request)


def child(action, *args):
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        try:
            signal.set_wakeup_fd(-1)
            for s in (signal.SIGCHLD, signal.SIGPIPE):
                signal.signal(s, signal.SIG_DFL)
            action(*args)
        except BaseException as e:
            os.write(2, f"mac: {e!r}\n".encode())
        os._exit(255)
    return pid


def sshd(connection):
    for fd in (0, 1):
        os.dup2(connection.fileno(), fd)
    os.closerange(3, 4096)
    os.execve(
        "/usr/libexec/gnu/sbin/sshd",
        ["/usr/libexec/gnu/sbin/sshd", "-i", "-f", st.HOME + "/sshd_config", "-E", st.HOME + "/sshd.log"],
        {"PATH": st.MAC_PATH},
    )


class Machine:
    def __init__(self, door):
        self.select = selectors.DefaultSelector()
        self.sessions = {}  # pid → the connection that waits for its exit status
        self.listeners = {}  # (address, port) → socket
        self.unix = {}  # path → socket
        self.signals, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake)
        self.watch(door, self.ssh_connection)
        self.watch(self.signals, self.reap)
        path = st.HOME + "/guests.sock"
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.bind(path)
        os.chmod(path, 0o666)
        s.listen(64)
        self.watch(s, self.guest_request)

    def watch(self, what, action):
        self.select.register(what, selectors.EVENT_READ, action)

    def ssh_connection(self, door):
        connection, _ = door.accept()
        child(sshd, connection)
        connection.close()

    def reap(self, _):
        try:
            os.read(self.signals, 4096)
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            connection = self.sessions.pop(pid, None)
            if connection:
                self.select.unregister(connection)
                code = os.waitstatus_to_exitcode(status)
                try:
                    connection.send(str(code if code >= 0 else 255).encode())
                except OSError:
                    pass
                connection.close()

    def guest_request(self, door):
        connection, _ = door.accept()
        try:
            data, ancillary, *_ = connection.recvmsg(1 << 20, socket.CMSG_SPACE(3 * array.array("i").itemsize))
            fds = array.array("i")
            for level, kind, content in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
            request = json.loads(data)
        except (OSError, ValueError):
            connection.close()
            return
        pid = child(guest_shell, request, list(fds))
        for fd in fds:
            os.close(fd)
        self.sessions[pid] = connection
        self.watch(connection, lambda c: self.guest_left(c, pid))

    def guest_left(self, connection, pid):
        """The client is gone: what it ran loses its connection, as under a real sshd."""
        if pid in self.sessions:
            del self.sessions[pid]
            self.select.unregister(connection)
            connection.close()
            try:
                os.killpg(pid, signal.SIGHUP)
            except OSError:
                pass

    def tick(self):
        """Listeners follow the state; the guests' /proc moves on."""
        import guest

        with open(st.FILE, encoding="utf-8") as f:
            due = json.load(f)["due"]
        if any(d["at"] <= time.time() for d in due):
            with st.change():
                pass  # what was due is written down
        state = st.read()
        wanted = {(a, x["port"]): x for x in st.listening(state) for a in addresses(x)}
        for key in [k for k in self.listeners if k not in wanted]:
            self.select.unregister(self.listeners[key])
            self.listeners.pop(key).close()
        for key in wanted:
            if key not in self.listeners:
                self.open_listener(key)
        self.daemon_socket(state)
        if self.sessions:
            for alias, g in state["guests"].items():
                guest.write_proc(f"{GUESTS}/{alias}", g, state)

    def open_listener(self, key):
        address, port = key
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if ":" in address:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            s.bind((address, port))
            s.listen(64)
        except OSError as e:
            print(f"mac: {key}: {e}", file=sys.stderr, flush=True)
            s.close()
            return
        self.listeners[key] = s
        self.watch(s, lambda door: self.knock(door, port))

    def knock(self, door, port):
        """Somebody connected to a builder's port: noted, and it may wake an on-demand job."""
        connection, _ = door.accept()
        st.log_call(["connect", f"127.0.0.1:{port}"])
        state = st.read()
        answers = next((x["answers"] for x in st.listening(state) if x["port"] == port), "nothing")
        for label, job in state["launchd"].items():
            import launchd

            if (
                job.get("sockets")
                and job.get("loaded", True)
                and not st.is_running(job)
                and any(s.get("port") == port for _, s in launchd.sockets(job))
            ):
                st.log_call(["woke", label])
                with st.change() as state:
                    st.start_job(state, label, "ipc (socket)")
        if answers == "ssh":
            connection.send(b"SSH-2.0-OpenSSH_10.2\r\n")
        HELD.append(connection)  # open, and nothing more is said
        del HELD[:-500]

    def daemon_socket(self, state):
        """Answers while the Nix daemon's job runs; afterwards its file stays and refuses."""
        import nixcmd

        path = "/nix/var/nix/daemon-socket/socket"
        up = state["nix"]["flavour"] != "none" and not nixcmd.daemon_down(state)
        if up and path not in self.unix:
            self.unix_socket(path)
        elif not up and path in self.unix:
            self.select.unregister(self.unix[path])
            self.unix.pop(path).close()

    def unix_socket(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        s = socket.socket(socket.AF_UNIX)
        s.bind(path)
        os.chmod(path, 0o666)
        s.listen(64)
        self.unix[path] = s
        self.watch(s, lambda door: door.accept()[0].close())

    def run(self):
        due = 0
        while True:
            for key, _ in self.select.select(max(0, due - time.time())):
                try:
                    key.data(key.fileobj)
                except Exception as e:
                    print(f"mac: {e!r}", file=sys.stderr, flush=True)
            if time.time() >= due:
                due = time.time() + 0.5
                try:
                    self.tick()
                except Exception as e:
                    print(f"mac: {e!r}", file=sys.stderr, flush=True)


def addresses(listener):
    a = str(listener.get("address", "127.0.0.1"))
    if a in ("*", "", "0.0.0.0", "::"):
        return ["0.0.0.0", "::"] if a == "*" else ["0.0.0.0"]
    return ["127.0.0.1"] if a == "localhost" else [a]


def account(libc):
    path = st.HOME + "/log/acct"
    open(path, "ab").close()
    os.chmod(path, 0o600)
    if libc.acct(path.encode()):
        print("mac: no process accounting", file=sys.stderr)


def first(door, ready):
    mounts()
    loopback()
    os.environ["TZ"] = "UTC"
    state = prepare()
    name = state["host"]["name"]
    socket.sethostname(name if "." in name else name + ".local")
    machine = Machine(door)
    flavour = state["nix"]["flavour"]
    import nixcmd

    if flavour == "determinate" and nixcmd.daemon_online(state):
        SOCKETS.extend(
            [
                "/var/run/determinate-nixd.socket",
                "/var/run/nix-daemon.socket",
                "/nix/var/determinate/determinate-nixd.socket",
            ]
        )
    for path in SOCKETS:
        machine.unix_socket(path)
    os.makedirs("/run/sshd", exist_ok=True)
    machine.tick()
    account(ctypes.CDLL(None))
    os.write(ready, state["host"]["user"].encode())
    os.close(ready)
    machine.run()


def start(port, life):
    door = socket.socket()  # in the network of the machine outside, where the users are
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(("127.0.0.1", port))
    door.listen(64)
    port = door.getsockname()[1]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEWNET | NEWPID | NEWUTS | NEWIPC):
        raise OSError(ctypes.get_errno(), "unshare")
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        libc.prctl(
            1, signal.SIGKILL
        )  # PR_SET_PDEATHSIG: however the outer process ends, this one does, and all others with it
        os.close(r)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1):
            os.dup2(null, fd)
        first(door, w)
        os._exit(1)
    os.close(w)
    door.close()
    user = os.read(r, 200).decode()
    if not user:
        sys.exit("mac: it did not start")
    with open(os.open(st.HOME + "/log/up.new", os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
        f.write(f"{pid} {user} {port}\n")
    os.rename(st.HOME + "/log/up.new", st.HOME + "/log/up")
    print("ready", pid, user, port, flush=True)
    ended = os.pidfd_open(pid)
    with selectors.DefaultSelector() as waiting:
        waiting.register(ended, selectors.EVENT_READ)
        if life == "stdin":
            waiting.register(0, selectors.EVENT_READ)
        while not any(key.fd == ended or not os.read(0, 4096) for key, _ in waiting.select()):
            pass
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def become(name, command):
    p = pwd.getpwnam(name)
    os.initgroups(name, p.pw_gid)
    os.setgid(p.pw_gid)
    os.setuid(p.pw_uid)
    os.chdir(p.pw_dir)
    env = {
        "PATH": st.MAC_PATH,
        "HOME": p.pw_dir,
        "USER": name,
        "LOGNAME": name,
        "SHELL": p.pw_shell,
        "TERM": os.environ.get("TERM", "dumb"),
    }
    os.environ["PATH"] = st.MAC_PATH
    try:
        os.execvpe(command[0], command, env)
    except OSError as e:
        sys.exit(f"{command[0]}: {e.strerror}")


if __name__ == "__main__":
    if sys.argv[1] == "--as":
        become(sys.argv[2], sys.argv[3:])
    else:
        start(int(sys.argv[1]), sys.argv[2])
