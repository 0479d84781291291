"""What has to happen in Redis as one step. The keys of a tenant share a hash tag (Cluster)."""

# KEYS: stream, meta, then the counts of each entry in ARGV's list.
# ARGV: group, max bytes, rows, repeats, data, then (entry, number, times, line) for each again.
# Entries that a relay has read already are not counted up any more: their lines become an entry
# of their own. Returns the new entry's id, or false, and whether there were such lines.
APPEND = """
local group, max, rows, repeats, data = unpack(ARGV, 1, 5)
local function parts(id) local ms, n = id:match('(%d+)-(%d+)') return tonumber(ms), tonumber(n) end
local function add(rows, repeats, data)
  local id = redis.call('XADD', KEYS[1], '*', 'r', rows, 'n', repeats, 'd', data)
  redis.call('HINCRBY', KEYS[2], 'rows', rows)
  redis.call('HINCRBY', KEYS[2], 'bytes', #data)
  return id
end
local late, late_repeats, late_size, in_time = {}, {}, 0, {}
if #ARGV > 5 then
  local read_ms, read_n = 0, 0
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local is_ours, last = false, '0-0'
    for i = 1, #info, 2 do
      if info[i] == 'name' then is_ours = info[i + 1] == group end
      if info[i] == 'last-delivered-id' then last = info[i + 1] end
    end
    if is_ours then read_ms, read_n = parts(last) end
  end
  local key = 3
  for i = 6, #ARGV, 4 do
    local ms, n = parts(ARGV[i])
    if ms > read_ms or (ms == read_ms and n > read_n) then
      in_time[#in_time + 1] = {KEYS[key], ARGV[i + 1], ARGV[i + 2]}
    else
      late[#late + 1] = ARGV[i + 3]
      late_size = late_size + #ARGV[i + 3]
      late_repeats[#late_repeats + 1] = (#late - 1) .. ':' .. ARGV[i + 2]
    end
    key = key + 1
  end
end
local bytes = tonumber(redis.call('HGET', KEYS[2], 'bytes') or 0) + #data + late_size
if bytes > tonumber(max) then return redis.error_reply('FULL limit') end
for _, again in ipairs(in_time) do redis.call('HINCRBY', unpack(again)) end
local id = false
if rows ~= '0' then id = add(rows, repeats, data) end
if #late > 0 then add(#late, table.concat(late_repeats, ','), table.concat(late, '\\n')) end
return {id, #late}
"""

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
