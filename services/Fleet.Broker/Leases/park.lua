-- Keeps an account from a data centre until a time.
-- KEYS: 1 ready  2 flood   ARGV: 1 account  2 dc  3 until
local field = ARGV[1] .. ':' .. ARGV[2]
if tonumber(ARGV[3]) > tonumber(redis.call('HGET', KEYS[2], field) or 0) then
  redis.call('HSET', KEYS[2], field, ARGV[3])
  if redis.call('ZSCORE', KEYS[1], ARGV[1]) then redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1]) end
end
return 1
