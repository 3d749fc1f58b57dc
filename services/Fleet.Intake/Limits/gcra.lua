-- A generic cell rate algorithm: one number per limit, the time at which all that was taken has drained away.
-- KEYS[1] that number; ARGV[1] units within the period, ARGV[2] the period in ms, ARGV[3] units to take (negative gives back).
-- Returns: 1 when taken; units left; ms until as many can be taken, when not; ms until all are there again.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local period = tonumber(ARGV[2])
local step = period / tonumber(ARGV[1])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local after = math.max(full + ARGV[3] * step, now)
local late = after - period - now
if late > 0.5 and tonumber(ARGV[3]) > 0 then
    return { 0, math.max(0, math.floor((period - (full - now)) / step + 0.001)), math.ceil(late), math.ceil(full - now) }
end
redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now) + 1)
return { 1, math.max(0, math.floor((period - (after - now)) / step + 0.001)), 0, math.ceil(after - now) }
