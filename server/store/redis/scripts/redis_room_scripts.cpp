// What the scripts know of rooms, and those that append, trim and erase. Numbers are doubles in Lua: all are below 2^53.
#include "server/store/redis/scripts/redis_scripts.hpp"

namespace dialogue::store::redis_lua {

// An epoch follows from the part's identity, the room's seed and its key. A room that was never written has the seed of how often
// a room of its part was forgotten. Who opened it just before another one was forgotten may still write it: of the last 64
// numbers, the one that `asked` came from. A room that was copied from another store has the epoch in its seed, for the identity
// that its part had then: "cEPOCH IDENTITY".
const char* const kRooms = R"lua(
local P = KEYS[1]
local id = redis.call('GET', P .. ':id')
local function text(number) return string.format('%.0f', number) end
local function epoch_of(its_id, seed, key)
  if string.byte(seed) == 99 then
    local epoch, identity = string.match(seed, '^c(%d+) (.*)$')
    if identity == its_id then return epoch end
  end
  return text(1 + tonumber(string.sub(redis.sha1hex(its_id .. ' ' .. seed .. ' ' .. key), 1, 13), 16))
end
local function unwritten_seed(key, asked)
  local times = tonumber(redis.call('GET', P .. ':n') or '0')
  for i = times, math.max(0, times - 63), -1 do
    if epoch_of(id, 'u' .. text(i), key) == asked then return 'u' .. text(i) end
  end
  return 'u' .. text(times)
end
local function keys_of(key)
  return {m = P .. ':m:' .. key, s = P .. ':s:' .. key, g = P .. ':g:' .. key, d = P .. ':d:' .. key, z = P .. ':z:' .. key,
    u = P .. ':u:' .. key}
end
local function seq_of(entry) return string.match(entry[1], '^%d+') end
-- Nothing: it is damaged.
local function room_of(key, asked)
  local m = redis.pcall('HMGET', P .. ':m:' .. key, 's', 'h', 'b', 't', 'w', 'k', 'n', 'o', 'f')
  if m.err then return nil end
  local r = {is_there = m[1] ~= false, seed = m[1] or unwritten_seed(key, asked), head = tonumber(m[2] or '0'),
    base = tonumber(m[3] or '1'), time = tonumber(m[4] or '0'), swept = tonumber(m[5] or '1'), keep = tonumber(m[6] or '0'),
    news = tonumber(m[7] or '0'), oldest = tonumber(m[8] or '0'), folded = tonumber(m[9] or '0')}
  if not (r.head and r.base and r.time and r.swept and r.keep and r.news and r.oldest and r.folded) then return nil end
  r.epoch = epoch_of(id, r.seed, key)
  return r
end
)lua";

// Before anything else: whether this batch has happened, or an older one comes late from a connection that was given up, or the
// part lacks a batch that was answered.
const char* const kWriting = R"lua(
local W = P .. ':w:' .. ARGV[1]
local batch, answered = tonumber(ARGV[2]), tonumber(ARGV[3])
local function note(answer)
  redis.call('SET', W, ARGV[2] .. ' ' .. answer, 'EX', 2592000)
  return answer
end
do
  local row = redis.call('GET', W) or '0 '
  local space = string.find(row, ' ', 1, true)
  local newest = tonumber(string.sub(row, 1, space - 1))
  if newest == batch then return string.sub(row, space + 1) end
  if newest > batch then return '' end
  if not id or newest < answered then
    id = ARGV[4]
    redis.call('SET', P .. ':id', id)
    redis.call('PUBLISH', P .. ':c', '*')
    if newest < answered then return note('L') end
  end
end
local function is_type(key, wanted)
  local found = redis.call('TYPE', key).ok
  return found == 'none' or found == wanted
end
local function is_sound(k)
  return is_type(k.s, 'stream') and is_type(k.g, 'zset') and is_type(k.u, 'list') and is_type(k.d, 'hash')
    and is_type(k.z, 'zset')
end
local function member_of(group, seq) return redis.sha1hex(group) .. ':' .. string.format('%016.0f', seq) end
local function drop(k, entry)
  if entry[2][6] ~= '' then redis.call('ZREM', k.g, member_of(entry[2][6], tonumber(seq_of(entry)))) end
  redis.call('XDEL', k.s, entry[1])
end
-- Removes records below the base, `max` at most where they have groups; up to where.
local function sweep(k, swept, base, max)
  if redis.call('EXISTS', k.g) == 0 then
    redis.call('XTRIM', k.s, 'MINID', '=', text(base) .. '-0')
    return base
  end
  local old = redis.call('XRANGE', k.s, '-', '(' .. text(base) .. '-0', 'COUNT', max)
  for _, entry in ipairs(old) do drop(k, entry) end
  if #old < max then return base end
  return tonumber(seq_of(old[#old])) + 1
end
local function unlink(k) redis.call('UNLINK', k.s, k.g, k.d, k.z, k.u) end
local function forget(key, k)
  unlink(k)
  redis.call('UNLINK', k.m)
  redis.call('ZREM', P .. ':rooms', key)
  redis.call('INCR', P .. ':n')
  redis.call('PUBLISH', P .. ':c', '*')
end
)lua";

// For each write: room, epoch, first sequence, number of records, base, keep_ms, news, their oldest use, the time of the newest
// record, the most bytes of news, then seven arguments for each record. A character for each: o ok, f ok and its news are to be
// folded, s stale, d damaged. Of a group's replaced records 256 more than were added go at most.
const char* const kAppend = R"lua(
local function replace(k, hash, keep, added)
  local from, to = '[' .. hash .. ':', '(' .. hash .. ';'
  local over = redis.call('ZLEXCOUNT', k.g, from, to) - keep
  if over <= 0 then return end
  for _, member in ipairs(redis.call('ZRANGEBYLEX', k.g, from, to, 'LIMIT', 0, math.min(over, 256 + added))) do
    redis.call('ZREM', k.g, member)
    redis.call('XDEL', k.s, text(tonumber(string.sub(member, 42))) .. '-0')
  end
end
local function add_records(k, first, count, base, at)
  local groups = {}
  for seq = first, first + count - 1 do
    if seq >= base then
      local group = ARGV[at + 2]
      redis.call('XADD', k.s, text(seq) .. '-0', 't', ARGV[at], 'f', ARGV[at + 1], 'g', group, 'e', ARGV[at + 4],
        'x', ARGV[at + 5], 'p', ARGV[at + 6])
      if group ~= '' then
        redis.call('ZADD', k.g, 0, member_of(group, seq))
        local hash = redis.sha1hex(group)
        local its = groups[hash] or {added = 0}
        its.keep, its.added = tonumber(ARGV[at + 3]), its.added + 1
        groups[hash] = its
      end
    end
    at = at + 7
  end
  for hash, its in pairs(groups) do replace(k, hash, its.keep, its.added) end
end
local function append(at)
  local key, asked, first, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local news, k, r = ARGV[at + 6], keys_of(key), room_of(key, asked)
  if not r or not is_sound(k) then return 'd' end
  if r.epoch ~= asked or (count > 0 and first ~= r.head + 1) then return 's' end
  local head = r.head + count
  local base = math.min(math.max(r.base, tonumber(ARGV[at + 4])), head + 1)
  local changed = {k.m}
  local function set(field, value) changed[#changed + 1] = field changed[#changed + 1] = value end
  if not r.is_there then
    redis.call('ZADD', P .. ':rooms', 0, key)
    set('s', r.seed)
  end
  add_records(k, first, count, base, at + 10)
  if r.swept < base then set('w', text(sweep(k, r.swept, base, 256 + count))) end
  if count > 0 then
    set('h', text(head))
    set('t', text(math.max(r.time, tonumber(ARGV[at + 8]))))
  end
  if base ~= r.base then set('b', text(base)) end
  if tonumber(ARGV[at + 5]) ~= r.keep then set('k', ARGV[at + 5]) end
  if #news > 0 then
    redis.call('RPUSH', k.u, news)
    local used = tonumber(ARGV[at + 7])
    if r.news == 0 or used < r.oldest then set('o', text(used)) end
    r.news = r.news + #news
    set('n', text(r.news))
  end
  if #changed > 1 then redis.call('HSET', unpack(changed)) end
  if count > 0 then redis.call('PUBLISH', P .. ':c', asked .. ' ' .. text(head) .. ' ' .. key) end
  return r.news > tonumber(ARGV[at + 9]) and 'f' or 'o'
end
local answer, at = {}, 5
while at <= #ARGV do
  answer[#answer + 1] = append(at)
  at = at + 10 + 7 * tonumber(ARGV[at + 3])
end
return note(table.concat(answer))
)lua";

// Room, epoch, head, base, the time of the newest record, keep_ms, the number of records, each as seven arguments; then
// producers, each as key, use and row. "s", and nothing has happened: the room is there, and another one.
const char* const kPutRoom = R"lua(
local key, asked, head, count = ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[11])
local k, r = keys_of(key), room_of(key, asked)
if not r or not is_sound(k) then return note('d') end
if r.is_there and (r.epoch ~= asked or text(r.head) ~= head) then return note('s') end
if not r.is_there then
  redis.call('ZADD', P .. ':rooms', 0, key)
  redis.call('HSET', k.m, 's', 'c' .. asked .. ' ' .. id, 'h', head, 'b', ARGV[8], 't', ARGV[9], 'w', ARGV[8], 'k', ARGV[10])
end
local at = 12
for _ = 1, count do
  local seq, group = ARGV[at], ARGV[at + 3]
  redis.call('XADD', k.s, seq .. '-0', 't', ARGV[at + 1], 'f', ARGV[at + 2], 'g', group, 'e', ARGV[at + 4], 'x', ARGV[at + 5],
    'p', ARGV[at + 6])
  if group ~= '' then redis.call('ZADD', k.g, 0, member_of(group, tonumber(seq))) end
  at = at + 7
end
for i = at, #ARGV, 3 do
  redis.call('HSET', k.d, ARGV[i], ARGV[i + 2])
  redis.call('ZADD', k.z, ARGV[i + 1], ARGV[i])
end
return note('o')
)lua";

// Room, epoch, before_ms, the most records, the newest use of producers that may go, then group and before_ms for each window.
// "STATUS BASE MORE OLD": OLD says that producers may be due.
const char* const kTrim = R"lua(
local key, asked, before, max, unused = ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local k, r = keys_of(key), room_of(key, asked)
if not r or not is_sound(k) then return note('d 1 0 0') end
if r.epoch ~= asked then return note('s ' .. text(r.base) .. ' 0 0') end
if not r.is_there then return note('o 1 0 0') end
local more, base, swept = false, r.base, r.swept
if before > 0 and base <= r.head then
  local looked = redis.call('XRANGE', k.s, text(base) .. '-0', '+', 'COUNT', max)
  local young = nil
  for _, entry in ipairs(looked) do
    if tonumber(entry[2][2]) >= before then
      young = tonumber(seq_of(entry))
      break
    end
  end
  more = not young and #looked == max
  base = young or (more and tonumber(seq_of(looked[#looked])) + 1 or r.head + 1)
end
if swept < base then
  swept = sweep(k, swept, base, max)
  more = more or swept < base
end
for i = 10, #ARGV, 2 do
  local from, to = '[' .. redis.sha1hex(ARGV[i]) .. ':', '(' .. redis.sha1hex(ARGV[i]) .. ';'
  local members = redis.call('ZRANGEBYLEX', k.g, from, to, 'LIMIT', 0, max)
  local dropped = 0
  for _, member in ipairs(members) do
    local its = text(tonumber(string.sub(member, 42))) .. '-0'
    local entry = redis.call('XRANGE', k.s, its, its)[1]
    if entry and tonumber(entry[2][2]) >= tonumber(ARGV[i + 1]) then break end
    redis.call('ZREM', k.g, member)
    redis.call('XDEL', k.s, its)
    dropped = dropped + 1
  end
  more = more or dropped == max
end
if base ~= r.base or swept ~= r.swept then redis.call('HSET', k.m, 'b', text(base), 'w', text(swept)) end
local is_old = unused > 0 and ((r.news > 0 and r.oldest < unused) or redis.call('ZCOUNT', k.z, '-inf', '(' .. text(unused)) > 0)
return note('o ' .. text(base) .. (more and ' 1' or ' 0') .. (is_old and ' 1' or ' 0'))
)lua";

// Room, epoch, how many news were folded, how many are folded now, their bytes, 1 where there must be no others, the number of
// rows, each as producer, use and row; then producers that go. "s", and nothing has happened: the news are others by now.
const char* const kFold = R"lua(
local key, folded, count, rows = ARGV[5], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[11])
local k, r = keys_of(key), room_of(key, ARGV[6])
if not r or not is_sound(k) then return note('d') end
local there = redis.call('LLEN', k.u)
if r.epoch ~= ARGV[6] or not r.is_there or r.folded ~= folded or there < count or (ARGV[10] == '1' and there > count) then
  return note('s')
end
for i = 12, 11 + 3 * rows, 3 do
  redis.call('HSET', k.d, ARGV[i], ARGV[i + 2])
  redis.call('ZADD', k.z, ARGV[i + 1], ARGV[i])
end
for i = 12 + 3 * rows, #ARGV do
  redis.call('HDEL', k.d, ARGV[i])
  redis.call('ZREM', k.z, ARGV[i])
end
redis.call('LTRIM', k.u, count, -1)
redis.call('HSET', k.m, 'f', text(folded + count), 'n', there == count and '0' or text(math.max(0, r.news - tonumber(ARGV[9]))))
return note('o')
)lua";

// Room, and its next seed. A room that was never written has been from here on.
const char* const kErase = R"lua(
local k = keys_of(ARGV[5])
unlink(k)
redis.call('UNLINK', k.m)
redis.call('ZADD', P .. ':rooms', 0, ARGV[5])
redis.call('HSET', k.m, 's', ARGV[6])
redis.call('PUBLISH', P .. ':c', epoch_of(id, ARGV[6], ARGV[5]) .. ' 0 ' .. ARGV[5])
put({{kind = ARGV[7], key = ARGV[8], removed = '1', expires = 0, expected = ''}}, 0)
return note('o')
)lua";

// Room, epoch, the time of now, and for how long an empty room stays. Its time begins here where it was erased before anything
// was written.
const char* const kEndEmpty = R"lua(
local key, now, kept = ARGV[5], tonumber(ARGV[7]), tonumber(ARGV[8])
local k, r = keys_of(key), room_of(key, ARGV[6])
if not r or not r.is_there or r.epoch ~= ARGV[6] then return note('s') end
if r.time == 0 then redis.call('HSET', k.m, 't', text(now)) end
if r.time == 0 or r.time + kept >= now or r.base <= r.head then return note('o') end
if redis.call('HLEN', k.d) > 0 or redis.call('LLEN', k.u) > 0 then return note('o') end
forget(key, k)
return note('o')
)lua";

}  // namespace dialogue::store::redis_lua
