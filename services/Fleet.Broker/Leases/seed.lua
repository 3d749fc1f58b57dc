-- Makes the accounts of one data centre these.
-- KEYS: 1 ready  2 base  3 flood  4 epoch
-- ARGV: 1 now  2 dc  3 number of accounts, then account, base cap; then account, until for each flood
local now, dc, count = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
redis.call('SET', KEYS[4], now, 'NX')
local wanted = {}
for i = 1, count do
  local account, base = ARGV[2 + 2 * i], ARGV[3 + 2 * i]
  wanted[account] = true
  redis.call('HSET', KEYS[2], account, base)
  redis.call('ZADD', KEYS[1], 'NX', 0, account)
end
for _, account in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if not wanted[account] then redis.call('ZREM', KEYS[1], account) end
end
for _, account in ipairs(redis.call('HKEYS', KEYS[2])) do
  if not wanted[account] then redis.call('HDEL', KEYS[2], account) end
end
for i = 4 + 2 * count, #ARGV, 2 do
  local field, till = ARGV[i] .. ':' .. dc, tonumber(ARGV[i + 1])
  if till > tonumber(redis.call('HGET', KEYS[3], field) or 0) then
    redis.call('HSET', KEYS[3], field, till)
    if wanted[ARGV[i]] then redis.call('ZADD', KEYS[1], till, ARGV[i]) end
  end
end
return count
