// The scripts that read. Each answers from one moment.
#include "server/store/redis/scripts/redis_scripts.hpp"

namespace dialogue::store::redis_lua {

const char* const kReading = R"lua(
if not id then return redis.error_reply('NOSTORE the prefix has no store') end
local damaged = redis.error_reply('WRONGTYPE the state of a room is damaged')
)lua";

// Room. Epoch, base, head, time, producers as key and row, news.
const char* const kOpen = R"lua(
local k, r = keys_of(ARGV[1]), room_of(ARGV[1], '')
if not r then return damaged end
return {r.epoch, text(r.base), text(r.head), text(r.time), redis.call('HGETALL', k.d), redis.call('LRANGE', k.u, 0, -1)}
)lua";

// Room, epoch, sequence, 1 for backwards, the most records, the most bytes of payloads before the last record. Epoch, base, head,
// entries in the order of the search.
const char* const kRead = R"lua(
local key, from, is_back, count, bytes = ARGV[1], tonumber(ARGV[3]), ARGV[4] == '1', tonumber(ARGV[5]), tonumber(ARGV[6])
local r = room_of(key, ARGV[2])
if not r then return damaged end
local found = {}
local first, last = is_back and r.base or math.max(from, r.base), is_back and math.min(from, r.head) or r.head
while r.epoch == ARGV[2] and first <= last and count > 0 and bytes >= 0 do
  local some = math.min(count, 32)
  local entries = redis.call(is_back and 'XREVRANGE' or 'XRANGE', P .. ':s:' .. key, text(is_back and last or first),
    text(is_back and first or last), 'COUNT', some)
  for _, entry in ipairs(entries) do
    if bytes < 0 then break end
    found[#found + 1] = entry
    bytes, count = bytes - #entry[2][12], count - 1
  end
  if #entries < some then break end
  local seq = tonumber(seq_of(entries[#entries]))
  if is_back then last = seq - 1 else first = seq + 1 end
end
return {r.epoch, text(r.base), text(r.head), found}
)lua";

// Room and known epoch of each; epoch and head of each.
const char* const kHeads = R"lua(
local found = {}
for i = 1, #ARGV, 2 do
  local r = room_of(ARGV[i], ARGV[i + 1])
  found[#found + 1] = r and r.epoch or '0'
  found[#found + 1] = r and text(r.head) or '0'
end
return found
)lua";

// The room behind which, nothing for the first; how many. Room, epoch, base, head, keep_ms of each, and 1 where it is damaged.
const char* const kRoomsAfter = R"lua(
local found = {}
local from = ARGV[1] == '' and '-' or '(' .. ARGV[1]
for _, key in ipairs(redis.call('ZRANGEBYLEX', P .. ':rooms', from, '+', 'LIMIT', 0, ARGV[2])) do
  local r = room_of(key, '')
  found[#found + 1] = r and {key, r.epoch, text(r.base), text(r.head), text(r.keep), '0'} or {key, '0', '1', '0', '0', '1'}
end
return found
)lua";

// Kind, known epoch, known version. Epoch, version, 1 where all entries follow, then key and entry of each.
const char* const kListKept = R"lua(
local entries, epoch = P .. ':e:' .. ARGV[1], epoch_of(id, '', '')
local head = redis.call('HMGET', P .. ':v', 'v', 'b')
local after = tonumber(ARGV[3])
local is_whole = ARGV[2] ~= epoch or after == 0 or after < tonumber(head[2] or '0')
local found = {epoch, head[1] or '0', is_whole and '1' or '0'}
if is_whole then
  for _, each in ipairs(redis.call('HGETALL', entries)) do found[#found + 1] = each end
  return found
end
for _, key in ipairs(redis.call('ZRANGEBYSCORE', P .. ':o:' .. ARGV[1], '(' .. ARGV[3], '+inf')) do
  found[#found + 1] = key
  found[#found + 1] = redis.call('HGET', entries, key)
end
return found
)lua";

// Room. Epoch, how many news were folded, the news.
const char* const kProducersOfNews = R"lua(
local k, r = keys_of(ARGV[1]), room_of(ARGV[1], '')
if not r then return damaged end
return {r.epoch, text(r.folded), redis.call('LRANGE', k.u, 0, -1)}
)lua";

// Room, unused since, how many to leave out, how many. Epoch, how many news were folded, how many there are, producers as key and
// row.
const char* const kOldProducers = R"lua(
local k, r = keys_of(ARGV[1]), room_of(ARGV[1], '')
if not r then return damaged end
local found = {}
for _, key in ipairs(redis.call('ZRANGEBYSCORE', k.z, '-inf', '(' .. ARGV[2], 'LIMIT', ARGV[3], ARGV[4])) do
  found[#found + 1] = key
  found[#found + 1] = redis.call('HGET', k.d, key) or ''
end
return {r.epoch, text(r.folded), redis.call('LLEN', k.u), found}
)lua";

// Room, user (nothing: all), both beginnings of the user's producers (nothing: none are asked for), a sequence, how many records
// to look at, how much to find. Epoch, base, how many news were folded, how many there are, 1 where news have such producers; the
// producers; sequences behind that one; how many records were looked at; where it stopped, nothing at the end; some payloads.
const char* const kUserInRoom = R"lua(
local key, user, looks, finds = ARGV[1], ARGV[2], tonumber(ARGV[6]), tonumber(ARGV[7])
local k, r = keys_of(key), room_of(key, '')
if not r then return damaged end
local has_news, producers, found, samples = '0', {}, {}, {}
local function is_of_user(name)
  return string.sub(name, 1, #ARGV[3]) == ARGV[3] or string.sub(name, 1, #ARGV[4]) == ARGV[4]
end
if ARGV[3] ~= '' then
  for _, news in ipairs(redis.call('LRANGE', k.u, 0, -1)) do
    if string.find(news, ARGV[3], 1, true) or string.find(news, ARGV[4], 1, true) then has_news = '1' end
  end
  for _, name in ipairs(redis.call('HKEYS', k.d)) do
    if #producers >= finds then break end
    if is_of_user(name) then producers[#producers + 1] = name end
  end
  finds = finds - #producers
end
local looked, last, stopped = 0, ARGV[5], ''
while stopped == '' do
  if looked >= looks or #found >= finds then
    stopped = last
    break
  end
  local some = math.min(64, looks - looked)
  local entries = redis.call('XRANGE', k.s, '(' .. last .. '-0', '+', 'COUNT', some)
  for _, entry in ipairs(entries) do
    if #found >= finds then break end
    looked, last = looked + 1, seq_of(entry)
    if user == '' or entry[2][4] == user then
      found[#found + 1] = last
      if #samples < 8 then samples[#samples + 1] = entry[2][12] end
    end
  end
  if #entries < some and #found < finds then break end
end
return {r.epoch, text(r.base), text(r.folded), redis.call('LLEN', k.u), has_news, producers, found, looked, stopped, samples}
)lua";

// Room, the most bytes before the last, then sequences. Entries.
const char* const kRecords = R"lua(
local found, bytes = {}, tonumber(ARGV[2])
for i = 3, #ARGV do
  if bytes < 0 then break end
  local entry = redis.call('XRANGE', P .. ':s:' .. ARGV[1], ARGV[i] .. '-0', ARGV[i] .. '-0')[1]
  if entry then
    found[#found + 1] = entry
    bytes = bytes - #entry[2][12]
  end
end
return found
)lua";

// Room, base, and the user and event of notices. 1 where there is any other record.
const char* const kOthers = R"lua(
local from = ARGV[2] .. '-0'
while true do
  local entries = redis.call('XRANGE', P .. ':s:' .. ARGV[1], from, '+', 'COUNT', 64)
  for _, entry in ipairs(entries) do
    if entry[2][4] ~= ARGV[3] or entry[2][8] ~= ARGV[4] then return '1' end
  end
  if #entries < 64 then return '0' end
  from = '(' .. entries[#entries][1]
end
)lua";

}  // namespace dialogue::store::redis_lua
