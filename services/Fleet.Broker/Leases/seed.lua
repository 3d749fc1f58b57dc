-- Makes the accounts of one data centre these. MemoryLeaseTable does the same.
-- KEYS: 1 ready  2 base  3 cap  4 flood  5 epoch
-- ARGV: 1 began  2 dc  3 quiet until  4 restart (0/1)  5 number of accounts, then account, base cap, connections;
--       then account, until for each flood
local began, dc, count = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[5])
if ARGV[4] == '1' or redis.call('EXISTS', KEYS[5]) == 0 then
  redis.call('HSET', KEYS[5], 'began', began)
  redis.call('HSET', KEYS[5], 'quiet', ARGV[3])
end
local wanted = {}
for i = 6, 3 + 3 * count, 3 do
  local account, base = ARGV[i], ARGV[i + 1] .. ':' .. ARGV[i + 2]
  wanted[account] = true
  if redis.call('HGET', KEYS[2], account) ~= base then -- what was learnt was about another kind of account
    redis.call('HSET', KEYS[2], account, base)
    redis.call('HDEL', KEYS[3], account .. ':' .. dc)
  end
  redis.call('ZADD', KEYS[1], 'NX', 0, account)
end
for _, account in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if not wanted[account] then
    redis.call('ZREM', KEYS[1], account)
    redis.call('HDEL', KEYS[2], account)
  end
end
for i = 6 + 3 * count, #ARGV, 2 do
  local field, till = ARGV[i] .. ':' .. dc, tonumber(ARGV[i + 1])
  if till > tonumber(redis.call('HGET', KEYS[4], field) or 0) then
    redis.call('HSET', KEYS[4], field, till)
    if wanted[ARGV[i]] then redis.call('ZADD', KEYS[1], till, ARGV[i]) end
  end
end
return count
