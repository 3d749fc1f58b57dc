-- Extends a lease and learns from its report. MemoryLeaseTable and CapRule do the same.
-- KEYS: 1 ready  2 base  3 cap  4 flood  5 held (zset weight:fence:lease -> expiry)  6 epoch (hash began, quiet)
-- ARGV: 1 now  2 ttl  3 member  4 account  5 dc  6 weight  7 granted  8 ok  9 park until (0: none)  10 slowed (0/1)
--       11 min cap  12 max cap  13 flood factor  14 slow factor
-- Returns how many leases share the account, 0 when this one is stale, -1 when the table is empty and must be seeded.
local now, ttl, weight = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[6])
local min, max, park = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[9])
local began = tonumber(redis.call('HGET', KEYS[6], 'began') or -1)
if began < 0 or redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
local field = ARGV[4] .. ':' .. ARGV[5]
local score = redis.call('ZSCORE', KEYS[5], ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now)
local base = redis.call('HGET', KEYS[2], ARGV[4])
if not base then return 0 end
local base_cap, connections = string.match(base, '^(.+):(%d+)$')
local cap = tonumber(redis.call('HGET', KEYS[3], field) or base_cap)
local used, leases = 0, 0
for _, member in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do
  used = used + tonumber(string.match(member, '^%d+'))
  leases = leases + 1
end

if not (score and tonumber(score) > now) then
  -- Granted before this table began: its record was lost with the old one. It comes back while there is room.
  local lost = not score and tonumber(ARGV[7]) < began and now <= began + ttl
  if not lost or (used > 0 and used + weight > cap) or leases >= tonumber(connections) then return 0 end
  used, leases = used + weight, leases + 1
end

local before = cap
for _ = 1, tonumber(ARGV[8]) do
  if cap >= max or used * 2 < cap then break end
  cap = math.min(max, cap + 1 / cap)
end
if ARGV[10] == '1' then cap = math.max(min, cap * tonumber(ARGV[14])) end
if park > now then
  cap = math.max(min, cap * tonumber(ARGV[13]))
  park = math.max(park, tonumber(redis.call('HGET', KEYS[4], field) or 0))
  redis.call('HSET', KEYS[4], field, park)
  redis.call('ZADD', KEYS[1], park, ARGV[4])
end
if cap ~= before then redis.call('HSET', KEYS[3], field, string.format('%.17g', cap)) end
redis.call('ZADD', KEYS[5], now + ttl, ARGV[3])
redis.call('PEXPIRE', KEYS[5], 2 * ttl)
return leases
