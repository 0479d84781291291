# Run in Odoo's shell: what the nightly job does, until nothing is left to do.
# ruff: noqa: F821 Odoo's shell brings env
import json
import time

events = env["mail.engagement.event"]
env.cr.rollback()
batches, rows = [], 0
start = time.perf_counter()
left = 1
while left:
    before = time.perf_counter()
    done, left = events._gc_retention()
    env.cr.commit()
    batches.append(time.perf_counter() - before)
    rows += done
batches.sort()
found = {
    "purge_s": round(time.perf_counter() - start, 1),
    "rows": rows,
    "batches": len(batches),
    "batch_median_ms": round(batches[len(batches) // 2] * 1000),
    "batch_worst_ms": round(batches[-1] * 1000),
}
print("PURGE=" + json.dumps(found))
