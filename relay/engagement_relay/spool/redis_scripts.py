"""What has to happen in Redis as one step. The keys of a tenant share a hash tag (Cluster)."""

from hashlib import sha1

# KEYS: stream, meta. ARGV: max bytes, rows, data. Returns the new entry's id.
APPEND = """
local max, rows, data = unpack(ARGV)
local bytes = tonumber(redis.call('HGET', KEYS[2], 'bytes') or 0) + #data
if bytes > tonumber(max) then return redis.error_reply('FULL limit') end
local id = redis.call('XADD', KEYS[1], '*', 'r', rows, 'n', '', 'd', data)
redis.call('HINCRBY', KEYS[2], 'rows', rows)
redis.call('HINCRBY', KEYS[2], 'bytes', #data)
return id
"""
# How Redis names a script that it knows.
APPEND_SHA = sha1(APPEND.encode(), usedforsecurity=False).hexdigest()

# KEYS: stream, meta, dead, then the counts to delete.
# ARGV: group, dead letters to keep, number of entries, (entry, rows, bytes) for each of them, then
# (reason, line) for each dead letter. Two relays may finish the same entry: only one counts.
FINISH = """
local group, keep, entries = ARGV[1], ARGV[2], tonumber(ARGV[3])
local done = 0
for i = 4, 1 + 3 * entries, 3 do
  redis.call('XACK', KEYS[1], group, ARGV[i])
  if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then
    done = done + 1
    redis.call('HINCRBY', KEYS[2], 'rows', -ARGV[i + 1])
    redis.call('HINCRBY', KEYS[2], 'bytes', -ARGV[i + 2])
  end
end
if done > 0 then
  for i = 4 + 3 * entries, #ARGV, 2 do
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', keep, '*', 'reason', ARGV[i], 'd', ARGV[i + 1])
  end
end
for i = 4, #KEYS do redis.call('DEL', KEYS[i]) end
return done
"""
