"""Prints cases, one to a line, with their `extends` resolved; without -a, what only a reader is to know is left out."""

import json
import os
import sys

# These a case may name one by one, so that another can change or take away one of them.
LISTS = ("processes", "listeners", "disks")


def merge(base, change):
    """Objects are merged, everything else is replaced; null removes a key."""
    if not (isinstance(base, dict) and isinstance(change, dict)):
        return change
    out = dict(base)
    for key, value in change.items():
        if value is None and isinstance(out.get(key), (dict, list)):
            del out[key]
        else:
            out[key] = merge(out.get(key), value)
    return out


def load(path, seen=()):
    path = os.path.realpath(path)
    if path in seen:
        sys.exit(f"mac: {path} extends itself")
    with open(path, encoding="utf-8") as f:
        case = json.load(f)
    parents = case.pop("extends", [])
    whole = {}
    for parent in [parents] if isinstance(parents, str) else parents:
        if not parent.endswith(".json"):
            parent += ".json"
        whole = merge(whole, load(os.path.join(os.path.dirname(path), parent), (*seen, path)))
    return merge(whole, case)


def as_lists(case):
    for key in LISTS:
        if isinstance(case.get(key), dict):
            case[key] = [value for value in case[key].values() if value is not None]
    return case


if __name__ == "__main__":
    for path in [word for word in sys.argv[1:] if word != "-a"]:
        case = as_lists(load(path))
        for key in ("truth", "note"):
            if "-a" not in sys.argv:
                case.pop(key, None)
        print(json.dumps(case))
