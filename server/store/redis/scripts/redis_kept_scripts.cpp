// The scripts for the kept state (kept_state.hpp), and those that erase a user, which change it together with a room.
#include "server/store/redis/scripts/redis_scripts.hpp"

namespace dialogue::store::redis_lua {

// An entry is "VERSION EXPIRES REMOVED VALUE". 1024 is kTombstonesMax. put() answers false, and has done nothing, where an entry
// has another version than was expected.
const char* const kKept = R"lua(
local K = KEYS[#KEYS]
local function entry_of(kind, key)
  local found = redis.call('HGET', K .. ':e:' .. kind, key)
  if not found then return nil end
  local version, expires, removed, at = string.match(found, '^(%d+) (%d+) (%d) ()')
  return {version = version, expires = tonumber(expires), is_removed = removed == '1', value = string.sub(found, at)}
end
local function purge(kind, key)
  redis.call('HDEL', K .. ':e:' .. kind, key)
  redis.call('ZREM', K .. ':o:' .. kind, key)
  redis.call('ZREM', K .. ':x', kind .. ':' .. key)
  redis.call('ZREM', K .. ':d', kind .. ':' .. key)
end
local function purge_named(name)
  local kind, at = string.match(name, '^(%d+):()')
  purge(kind, string.sub(name, at))
end
local function store(kind, key, version, expires, removed, value)
  redis.call('HSET', K .. ':e:' .. kind, key, version .. ' ' .. text(expires) .. ' ' .. removed .. ' ' .. value)
  redis.call('ZADD', K .. ':o:' .. kind, version, key)
  redis.call(expires > 0 and 'ZADD' or 'ZREM', K .. ':x', unpack(expires > 0 and {text(expires), kind .. ':' .. key} or
    {kind .. ':' .. key}))
  redis.call(removed == '1' and 'ZADD' or 'ZREM', K .. ':d', unpack(removed == '1' and {version, kind .. ':' .. key} or
    {kind .. ':' .. key}))
end
local function drop_tombstones()
  local over = redis.call('ZCARD', K .. ':d') - 1024
  if over <= 0 then return end
  local newest = redis.call('ZRANGE', K .. ':d', over - 1, over - 1, 'WITHSCORES')[2]
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', K .. ':d', '-inf', newest)) do purge_named(name) end
  redis.call('HSET', K .. ':v', 'b', newest)
end
local function put(changes, now)
  for _, c in ipairs(changes) do
    local there = entry_of(c.kind, c.key)
    local version = there and not there.is_removed and there.version or '0'
    if c.expected ~= '' and c.expected ~= version then return false end
  end
  if now > 0 then
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', K .. ':x', '-inf', text(now))) do purge_named(name) end
  end
  if #changes == 0 then return true end
  local version = text(tonumber(redis.call('HGET', K .. ':v', 'v') or '0') + 1)
  redis.call('HSET', K .. ':v', 'v', version)
  for _, c in ipairs(changes) do
    local there = entry_of(c.kind, c.key)
    local is_there = there and not there.is_removed
    if c.removed == '1' then
      if is_there then store(c.kind, c.key, version, 0, '1', '') end
    else
      local expires = c.expires
      if is_there and expires > 0 then expires = there.expires > 0 and math.max(expires, there.expires) or 0 end
      store(c.kind, c.key, version, expires, '0', c.value)
    end
  end
  drop_tombstones()
  redis.call('PUBLISH', K .. ':c', '*')
  return true
end
)lua";

// now_s, then for each change: kind, key, 1 where it is removed, its end, the expected version or nothing, value.
const char* const kPutKept = R"lua(
local changes = {}
for i = 6, #ARGV, 6 do
  changes[#changes + 1] = {kind = ARGV[i], key = ARGV[i + 1], removed = ARGV[i + 2], expires = tonumber(ARGV[i + 3]),
    expected = ARGV[i + 4], value = ARGV[i + 5]}
end
return note(put(changes, tonumber(ARGV[5])) and 'o' or 's')
)lua";

// Kind and key of each entry that goes without a trace.
const char* const kPurgeKept = R"lua(
for i = 5, #ARGV, 2 do purge(ARGV[i], ARGV[i + 1]) end
redis.call('PUBLISH', K .. ':c', '*')
return note('o')
)lua";

// Room, epoch, how many news were folded, how many there are, then counted lists: producers, sequences, keys of notices that go,
// key and value of the notice that is kept.
const char* const kEraseRecords = R"lua(
local k, r = keys_of(ARGV[5]), room_of(ARGV[5], ARGV[6])
if not r or not is_sound(k) then return note('d') end
if r.epoch ~= ARGV[6] or not r.is_there then return note('s') end
local at = 9
local function list()
  local found = {}
  for i = at + 1, at + tonumber(ARGV[at]) do found[#found + 1] = ARGV[i] end
  at = at + 1 + #found
  return found
end
local producers = list()
if #producers > 0 and (r.folded ~= tonumber(ARGV[7]) or redis.call('LLEN', k.u) ~= tonumber(ARGV[8])) then return note('s') end
for _, each in ipairs(producers) do
  redis.call('HDEL', k.d, each)
  redis.call('ZREM', k.z, each)
end
for _, seq in ipairs(list()) do
  local entry = redis.call('XRANGE', k.s, seq .. '-0', seq .. '-0')[1]
  if entry then drop(k, entry) end
end
for _, key in ipairs(list()) do purge('8', key) end
local notice = list()
if #notice == 2 then put({{kind = '8', key = notice[1], removed = '0', expires = 0, expected = '', value = notice[2]}}, 0) end
return note('o')
)lua";

// Room, then keys of notices that go.
const char* const kForget = R"lua(
forget(ARGV[5], keys_of(ARGV[5]))
for i = 6, #ARGV do purge('8', ARGV[i]) end
return note('o')
)lua";

}  // namespace dialogue::store::redis_lua
