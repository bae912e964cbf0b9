"""The machine: its processes, what they cost, and small words with HTTP servers."""
import json, os, platform, socket, subprocess, sys, time, urllib.error, urllib.request
from pathlib import Path

root = Path(__file__).resolve().parent.parent.parent


def note(text):
    print(text, file=sys.stderr, flush=True)


def measure(command, environment, folder, stdout=None):
    """Wall and CPU seconds and peak memory of one process, from the kernel's own account (wait4)."""
    command = [str(each) for each in command]
    log = folder / "last.log"
    began = time.monotonic()
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdout=stdout or output, stderr=output, env=environment, cwd=folder)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # stopped meanwhile: nothing is left running
            process.kill()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    text = log.read_text(errors="replace")
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{text[-4000:]}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024, "log": text}


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
