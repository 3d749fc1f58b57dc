-- Picks the least loaded usable account and books a lease on it. MemoryLeaseTable does the same.
-- KEYS: 1 ready (zset account -> usable from, ms)  2 base (hash account -> cap:connections)  3 cap (hash account:dc -> cap)
--       4 flood (hash account:dc, *:dc -> until, ms)  5 chat (zset account -> last use)  6 denied (zset account -> until)
--       7 epoch (hash began, quiet -> ms)
-- ARGV: 1 now  2 ttl  3 weight  4 dc  5 prefix of the held sets  6 lease suffix  7 fence  8 sticky bonus
--       9 full pause  10.. excluded accounts
-- Returns {'granted', account, others} | {'unseeded'} | {'quiet', until} | {'flood', until} | {'busy'} | {'denied'} | {'none'}
local now, ttl, weight, dc = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
if redis.call('EXISTS', KEYS[1]) == 0 then return {'unseeded'} end
local everyone = tonumber(redis.call('HGET', KEYS[4], '*:' .. dc) or 0)
local excluded = {}
for i = 10, #ARGV do excluded[ARGV[i]] = true end

local busy, denied, flooded = false, false, nil
local best, best_load, best_others = nil, nil, nil
local seen = {}

local function consider(account, bonus)
  if seen[account] then return end
  seen[account] = true
  local base = redis.call('HGET', KEYS[2], account)
  if not base then return end
  local refusal = redis.call('ZSCORE', KEYS[6], account)
  if refusal and tonumber(refusal) > now then denied = true; return end
  local waits = redis.call('HGET', KEYS[4], account .. ':' .. dc)
  if waits and tonumber(waits) > now then
    if not flooded or tonumber(waits) < flooded then flooded = tonumber(waits) end
    return
  end
  if excluded[account] then return end -- after its wait: an account is mostly excluded because it must wait
  local held = ARGV[5] .. account .. ':' .. dc
  redis.call('ZREMRANGEBYSCORE', held, '-inf', now)
  local used, others = 0, 0
  for _, member in ipairs(redis.call('ZRANGE', held, 0, -1)) do
    used = used + tonumber(string.match(member, '^%d+'))
    others = others + 1
  end
  local base_cap, connections = string.match(base, '^(.+):(%d+)$')
  local cap = tonumber(redis.call('HGET', KEYS[3], account .. ':' .. dc) or base_cap)
  if (used > 0 and used + weight > cap) or others >= tonumber(connections) then
    busy = true
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[9]), account)
    return
  end
  local load = used / cap - bonus
  if not best or load < best_load then best, best_load, best_others = account, load, others end
end

for _, account in ipairs(redis.call('ZREVRANGE', KEYS[5], 0, 7)) do consider(account, tonumber(ARGV[8])) end
for _, pages in ipairs({ 16, 128 }) do -- least recently used first; usually sixteen are enough to choose from
  if not best then
    for _, account in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, pages)) do
      consider(account, 0)
    end
  end
end
if not best then -- whoever waits or was full: to say why, and until when
  for _, account in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'LIMIT', 0, 32)) do
    consider(account, 0)
  end
end
if best then
  if everyone > now then return {'flood', everyone} end
  local quiet = tonumber(redis.call('HGET', KEYS[7], 'quiet') or 0)
  if quiet > now then return {'quiet', quiet} end
  local held = ARGV[5] .. best .. ':' .. dc
  redis.call('ZADD', held, now + ttl, weight .. ':' .. ARGV[7] .. ':' .. best .. '.' .. ARGV[6])
  redis.call('PEXPIRE', held, 2 * ttl)
  redis.call('ZADD', KEYS[1], now, best)
  return {'granted', best, best_others}
end
if busy then return {'busy'} end
if flooded then return {'flood', math.max(flooded, everyone)} end
if denied then return {'denied'} end
return {'none'}
