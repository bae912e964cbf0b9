"""The machine: its processes, what they cost, and small words with HTTP servers."""
import json, os, platform, signal, socket, subprocess, sys, time, urllib.error, urllib.request
from pathlib import Path

root = Path(__file__).resolve().parent.parent.parent


def note(text):
    print(text, file=sys.stderr, flush=True)


def measure(command, environment, folder, stdout=None):
    """Wall and CPU seconds and peak memory of one process, from its start to its end."""
    command = [str(each) for each in command]
    log, result = folder / "last.log", folder / "last.use"
    result.unlink(missing_ok=True)
    before = processor_time()
    launch = [sys.executable, "-I", "-S", root / "benchmarks" / "measuring" / "launch.py", result, *command]
    with open(log, "wb") as output:
        launched = subprocess.Popen(
            launch, stdout=stdout or output, stderr=output, env=environment, cwd=folder, start_new_session=True)
        try:
            launched.wait()
        except BaseException:  # stopped meanwhile: nothing is left running
            os.killpg(launched.pid, signal.SIGKILL)
            raise
    after = processor_time()
    text = log.read_text(errors="replace")
    code, wall, cpu, peak = map(float, result.read_text().split()) if result.exists() else (127, 0, 0, 0)
    if code != 0:
        raise SystemExit(f"{' '.join(command)} ended with {code:.0f}:\n{text[-4000:]}")
    measured = {"wall": wall, "cpu": cpu, "peak_mb": peak, "log": text}
    if before and after and after[1] > before[1]:
        measured["busy"] = 1 - (after[0] - before[0]) / (after[1] - before[1])
    return measured


def processor_time():
    """Idle and all of the machine's processor time, in ticks, proc(5); None where the system does not tell."""
    if not os.path.exists("/proc/stat"):
        return None
    with open("/proc/stat") as file:
        ticks = [int(word) for word in file.readline().split()[1:]]
    return ticks[3] + ticks[4], sum(ticks[:8])


def process_time(pid):
    """CPU seconds of a process and of its children that it waited for, proc(5); 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return sum(int(fields[place]) for place in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")


def describe():
    cpu = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        lines = open("/proc/cpuinfo")
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), cpu)
    return {"system": platform.platform(), "cpu": cpu, "cores": os.cpu_count()}


def free_port():
    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        return any_socket.getsockname()[1]


def ask(method, url, body=None):
    """The answer's JSON; an HTTP error is told with what the server says of it."""
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, method=method, data=data, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{method} {url}: {error.code} {error.read().decode(errors='replace')[:1000]}")
    return json.loads(text) if text else None


def wait_for(url):
    for _ in range(200):
        try:
            return ask("GET", url)
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers at {url}")
