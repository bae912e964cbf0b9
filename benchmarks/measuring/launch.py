"""Runs a command and writes what the kernel's account (wait4) says of it: launch.py RESULT COMMAND [ARGUMENT ...]

A process of its own, and a small one: to the kernel a child's peak of memory is at least what its parent held.
"""
import os, sys, time

result, command = sys.argv[1], sys.argv[2:]
began = time.monotonic()
_, status, usage = os.wait4(os.posix_spawnp(command[0], command, os.environ), 0)
wall = time.monotonic() - began
code = os.waitstatus_to_exitcode(status)
with open(result, "w") as file:
    file.write(f"{code} {wall} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss / 1024}")
