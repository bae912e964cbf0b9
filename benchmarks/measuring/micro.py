"""The inner parts alone: CPU time an item, and instructions an item as callgrind counts them."""
import json, os, re, shutil, subprocess

from .machine import note, root


def micro(options):
    """Every benchmark of the MicroBenchmark target whose name begins with options.only."""
    binary = root / ".build" / "release" / "MicroBenchmark"
    valgrind = None if options.no_callgrind else shutil.which("valgrind")
    if not valgrind and not options.no_callgrind:
        note("no valgrind: instructions are not counted")
    names = subprocess.run([binary, "list"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    names = [name for name in names if name.startswith(options.only)]
    results = {}
    for number, name in enumerate(names, 1):
        note(f"micro {number}/{len(names)}: {name}")
        timed = subprocess.run([binary, "time", name], check=True, stdout=subprocess.PIPE, text=True).stdout
        result = json.loads(timed)
        result["bytes_per_item"] = result["bytes"] / result["items"]
        result["mb_per_second"] = result["bytes_per_item"] / result["median_ns"] * 1e3
        if valgrind:
            # What three repetitions count more than one is theirs alone, without the start and the input's making.
            one, three = (instructions(valgrind, binary, name, times) for times in (1, 3))
            result["instructions_per_item"] = (three - one) / 2 / result["items"]
        results[name] = result
    return results


def instructions(valgrind, binary, name, times):
    command = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", binary, "repeat", name, str(times)]
    environment = dict(os.environ, SWIFT_DETERMINISTIC_HASHING="1")
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not counted:
        raise SystemExit(f"callgrind of {name} failed:\n{done.stderr}")
    return int(counted[1])
