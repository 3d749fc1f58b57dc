-- Extends a lease and learns from its report.
-- KEYS: 1 ready  2 base  3 cap  4 flood  5 held (zset weight:fence:lease -> expiry)  6 epoch (ms at which this table began)
-- ARGV: 1 now  2 ttl  3 member  4 account  5 dc  6 weight  7 granted  8 ok  9 park until (0: none)  10 slowed (0/1)
--       11 min cap  12 max cap factor  13 flood factor  14 slow factor
-- Returns 1 when extended, 0 when stale, -1 when the table is empty and must be seeded.
local now, ttl, weight = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[6])
local epoch = redis.call('GET', KEYS[6])
if not epoch then return -1 end
local base = redis.call('HGET', KEYS[2], ARGV[4])
local field = ARGV[4] .. ':' .. ARGV[5]
local cap = tonumber(redis.call('HGET', KEYS[3], field) or base or 0)
local score = redis.call('ZSCORE', KEYS[5], ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now)
local used = 0
for _, member in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do
  used = used + tonumber(string.match(member, '^%d+'))
end

local known = score and tonumber(score) > now
if not known then
  -- Granted before this table began: its record was lost with the old one. It comes back while there is room.
  local lost = not score and tonumber(ARGV[7]) < tonumber(epoch) and now <= tonumber(epoch) + ttl
  if not lost or not base or (used > 0 and used + weight > cap) then return 0 end
  used = used + weight
end
if not base then return 0 end

local top = tonumber(base) * tonumber(ARGV[12])
if tonumber(ARGV[8]) > 0 and used * 2 >= cap then cap = math.min(top, cap + 1 / cap) end
if ARGV[10] == '1' then cap = math.max(tonumber(ARGV[11]), cap * tonumber(ARGV[14])) end
if tonumber(ARGV[9]) > now then
  cap = math.max(tonumber(ARGV[11]), cap * tonumber(ARGV[13]))
  local waits = tonumber(redis.call('HGET', KEYS[4], field) or 0)
  redis.call('HSET', KEYS[4], field, math.max(waits, tonumber(ARGV[9])))
  redis.call('ZADD', KEYS[1], math.max(waits, tonumber(ARGV[9])), ARGV[4])
end
redis.call('HSET', KEYS[3], field, tostring(cap))
redis.call('ZADD', KEYS[5], now + ttl, ARGV[3])
redis.call('PEXPIRE', KEYS[5], 2 * ttl)
return 1
