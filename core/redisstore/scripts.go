package redisstore

import "github.com/redis/go-redis/v9"

// Redis executes a script as one step, stops its clock meanwhile, and replicates
// the commands that change something, not the script.

// swapScript changes the record KEYS[1] from ARGV[1] to ARGV[2] for ARGV[3]
// milliseconds. It returns 1, or the record that is in the way.
var swapScript = redis.NewScript(`
local current = redis.call('GET', KEYS[1]) or ''
if current ~= ARGV[1] then
  return current
end
if ARGV[2] ~= '' then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
elseif current ~= '' then
  redis.call('DEL', KEYS[1])
end
return 1
`)

// advanceScript moves the clock KEYS[1] ahead by ARGV[1] seconds and ARGV[2]
// nanoseconds, unless it would then be further ahead than ARGV[3] seconds and
// ARGV[4] nanoseconds. It returns 1 or 0, and how far ahead the clock is, in
// seconds and nanoseconds.
//
// The clock is a Unix time with nanoseconds, so that an interval that is not a
// whole number of microseconds, such as a third of a second, adds up exactly.
// Seconds and nanoseconds are kept in two numbers, because Lua's numbers hold
// integers up to 2^53 only, which is 104 days in nanoseconds.
var advanceScript = redis.NewScript(`
local now = redis.call('TIME')
local s, ns = 0, 0
local clock = redis.call('GET', KEYS[1])
if clock then
  local clockS, clockNs = string.match(clock, '^(%d+)%.(%d+)$')
  s, ns = clockS - now[1], clockNs - now[2] * 1000
  if ns < 0 then
    s, ns = s - 1, ns + 1000000000
  end
  if s < 0 then
    s, ns = 0, 0
  end
end
local nextS, nextNs = s + ARGV[1], ns + ARGV[2]
if nextNs >= 1000000000 then
  nextS, nextNs = nextS + 1, nextNs - 1000000000
end
local limitS, limitNs = tonumber(ARGV[3]), tonumber(ARGV[4])
if nextS > limitS or (nextS == limitS and nextNs > limitNs) then
  return {0, s, ns}
end
if ARGV[1] ~= '0' or ARGV[2] ~= '0' then
  local clockS, clockNs = now[1] + nextS, now[2] * 1000 + nextNs
  if clockNs >= 1000000000 then
    clockS, clockNs = clockS + 1, clockNs - 1000000000
  end
  redis.call('SET', KEYS[1], string.format('%.0f.%09.0f', clockS, clockNs),
    'PXAT', string.format('%.0f', clockS * 1000 + math.ceil(clockNs / 1000000)))
end
return {1, nextS, nextNs}
`)
