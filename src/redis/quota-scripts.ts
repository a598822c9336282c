/** The braces keep all keys of the quotas on one node of a cluster, as their scripts need; the version is that of their meaning. */
const PREFIX = '{task-gateway:quota:v1}'
/** Which server process holds the logs. */
const SERVER_KEY = `${PREFIX}:server`

/** Redis's own clock is the only one: replicas' clocks differ. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
`

/**
 * Replication is asynchronous and a restarted server may have lost a second: on another server than the one that wrote
 * them, the logs may lack calls. Nobody counts as present there, so that all join again and bring what they have sent.
 */
const IS_SAME_SERVER = `
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or 'unknown'
local isSame = redis.call('GET', '${SERVER_KEY}') == run
`

/**
 * Tells that a replica keeps to the shared log from now on.
 * KEYS: replicas, expected, then the logs of `sent`
 * ARGV: replica, when this was sent by Redis's clock, how late that may be, after how long a replica is absent and
 * after how long forgotten, `beat` or `join`, how many replicas it saw last, and for each log `[[call, msAgo], …]`
 * Answers the time, how that went, and how many replicas there are.
 */
export const REGISTER = `${NOW}${IS_SAME_SERVER}
local replicas, expected = KEYS[1], KEYS[2]
local id, sentAt, lateMs, absentMs, forgetMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local stamp = string.format('%.3f', now)
-- What lay in a buffer while Redis stood still tells of another time: its sender may be on its own by now.
if math.abs(now - sentAt) > lateMs then return { stamp, 'late', 0 } end
local seen = isSame and tonumber(redis.call('ZSCORE', replicas, id) or '-inf') or -math.huge
if ARGV[6] == 'beat' and seen <= now - absentMs then return { stamp, 'unknown', 0 } end

if not isSame then redis.call('DEL', replicas) end
redis.call('SET', '${SERVER_KEY}', run, 'PX', forgetMs)
redis.call('ZREMRANGEBYSCORE', replicas, '-inf', now - forgetMs)
redis.call('ZREMRANGEBYSCORE', replicas, now + lateMs, '+inf')
redis.call('ZADD', replicas, stamp, id)
redis.call('PEXPIRE', replicas, forgetMs)
for index = 3, #KEYS do
  for _, call in ipairs(cjson.decode(ARGV[index + 5])) do
    redis.call('ZADD', KEYS[index], string.format('%.3f', now - call[2]), call[1])
    redis.call('PEXPIRE', KEYS[index], forgetMs)
  end
end
local known = redis.call('ZCARD', replicas)
local awaited = tonumber(redis.call('GET', expected) or '0')
local saw = tonumber(ARGV[7])
if saw > known and saw > awaited then
  redis.call('SET', expected, saw, 'PX', forgetMs)
  awaited = saw
end
return { stamp, 'ok', math.max(known, awaited) }
`

/**
 * Enters one call into the log where the quota lets it go now. What a replica that is not here may send on its own
 * is kept free for it.
 * KEYS: replicas, expected, log, lowered rate
 * ARGV: replica, call, quota, the replica's own rate, window, how long a call may wait until it is written, how long
 * it may be under way then, after how long a replica is absent, and after how long forgotten, how long what somebody
 * else has sent counts, and how soon to look again whether all are back
 * Answers whether it goes (-1: the replica has to register first), how long the next one has to wait, how many calls
 * the log counts, how many it may, and how many replicas there are.
 */
export const TAKE = `${NOW}${IS_SAME_SERVER}
if not isSame then return { -1, 0, 0, 0, 0 } end
local replicas, expected, log, lowered = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local quota, rate, windowMs, leaseMs, underWayMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local absentMs, forgetMs, countedMs, lookMs = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local seen = tonumber(redis.call('ZSCORE', replicas, ARGV[1]) or '-inf')
if seen <= now - absentMs then return { -1, 0, 0, 0, 0 } end

-- One replica's bad news is everybody's, for a second after it was last told.
local least = tonumber(redis.call('GET', lowered) or quota)
if rate < quota and rate <= least then redis.call('SET', lowered, rate, 'PX', 1000) end
rate = math.min(rate, least)

local present = redis.call('ZCOUNT', replicas, now - absentMs, '+inf')
local known = redis.call('ZCOUNT', replicas, now - forgetMs, '+inf')
local awaited = tonumber(redis.call('GET', expected) or '0')
local count = math.max(known, awaited)
local limit = math.max(1, rate - (count - present) * math.floor(rate / count))

redis.call('ZREMRANGEBYSCORE', log, '-inf', now - windowMs)
-- A clock that was set back must not close the quota for as long.
for _, call in ipairs(redis.call('ZRANGEBYSCORE', log, now + leaseMs + 1, '+inf')) do
  redis.call('ZADD', log, string.format('%.3f', now), call)
end
local sent = redis.call('ZCARD', log)
-- Redis was empty a moment ago, and whoever is still missing may have sent all of the quota before that.
local isWhole = known >= awaited or forgetMs - redis.call('PTTL', expected) >= countedMs
local goes = isWhole and sent < limit
if goes then
  redis.call('ZADD', log, string.format('%.3f', now + leaseMs), ARGV[2])
  redis.call('PEXPIRE', log, forgetMs)
  sent = sent + 1
end
local waitMs = isWhole and 0 or lookMs
if sent >= limit then
  local oldest = redis.call('ZRANGE', log, sent - limit, sent - limit, 'WITHSCORES')
  waitMs = math.ceil(math.min(tonumber(oldest[2]), now + underWayMs) + windowMs - now)
end
return { goes and 1 or 0, math.max(0, waitMs), sent, limit, count }
`

/**
 * Moves a call in the log to when the cloud counted it at the latest.
 * KEYS: log; ARGV: call, `written` or `ended`, by how much that moment is ahead of now, how long the log is kept
 */
export const MOVE = `${NOW}
local log, call = KEYS[1], ARGV[1]
local counted = now + tonumber(ARGV[3])
local before = tonumber(redis.call('ZSCORE', log, call) or '-inf')
if ARGV[2] == 'written' or before > counted then
  redis.call('ZADD', log, string.format('%.3f', counted), call)
  redis.call('PEXPIRE', log, tonumber(ARGV[4]))
end
return 1
`

/** Says nothing of a replica; that it is answered in time is all. */
export const PROBE = `${NOW}
return string.format('%.3f', now)
`

export const REPLICAS_KEY = `${PREFIX}:replicas`
export const EXPECTED_KEY = `${PREFIX}:expected`

/** The log of the calls against one quota. */
export function logKey(quota: string): string {
  return `${PREFIX}:sent:${quota}`
}

/** The rate that a refusal by the cloud has lowered. */
export function loweredKey(quota: string): string {
  return `${PREFIX}:lowered:${quota}`
}

/** The interval of a replica's heartbeat. */
export const BEAT_MS = 150
/** A replica without a heartbeat for this time counts as absent: it may be sending on its own. */
export const ABSENT_MS = 500
/** After so long nothing is kept free for it any more, and every key expires. */
export const FORGET_MS = 10_000
/** How late Redis may carry out what a replica says of itself: the command's limit, and as much for the estimate of its clock. */
export const LATE_MS = 100
/** How long a granted call counts as not yet written if its replica never reports it. */
export const LEASE_MS = 2000
/** How long a call of somebody else counts that was just written: the cloud's second, and 300 ms for the way there. */
export const COUNTED_MS = 1300
/** How long the log waits for those that another server knew: until they must be quiet, and what they sent is over. */
export const AWAIT_MS = LATE_MS + ABSENT_MS + COUNTED_MS
