-- Ends a lease and makes its account ready, unless the account waits.
-- KEYS: 1 ready  2 held  3 flood   ARGV: 1 now  2 member  3 account  4 dc  5 channel that is told the data centre
local gone = redis.call('ZREM', KEYS[2], ARGV[2])
local waits = tonumber(redis.call('HGET', KEYS[3], ARGV[3] .. ':' .. ARGV[4]) or 0)
if gone == 1 and waits <= tonumber(ARGV[1]) and redis.call('ZSCORE', KEYS[1], ARGV[3]) then
  redis.call('ZADD', KEYS[1], ARGV[1], ARGV[3])
end
if gone == 1 then redis.call('PUBLISH', ARGV[5], ARGV[4]) end
return gone
