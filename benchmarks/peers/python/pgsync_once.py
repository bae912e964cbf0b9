# peer: the first pass of `pgsync --polling`, which copies everything and then would look again and again.
import json, resource, sys, time
from pgsync.sync import Sync
with open(sys.argv[1]) as file:
    document = json.load(file)[0]
t = time.time()
Sync(document, polling=True).pull(polling=True)
s = time.time() - t; u = resource.getrusage(resource.RUSAGE_SELF)
print(f"pgsync s={s:.2f} cpu={u.ru_utime+u.ru_stime:.2f} rss={u.ru_maxrss//1024}MB")
