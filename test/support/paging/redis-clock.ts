import type { Redis } from 'ioredis'

/** ARGV: milliseconds that have passed */
const AGE = `
for _, name in ipairs(redis.call('KEYS', 'task-gateway:answer:*')) do
  local left = redis.call('PTTL', name) - tonumber(ARGV[1])
  if left > 0 then redis.call('PEXPIRE', name, left) else redis.call('DEL', name) end
end
`

/** Lets as much time pass for the answers in Redis as has passed by another clock since the last time. */
export function createRedisClock(client: Redis, now: () => number): () => Promise<void> {
  let seenMs = now()
  return async () => {
    const passedMs = now() - seenMs
    seenMs = now()
    if (passedMs === 0) return
    // After its answer Redis has carried out what was written to it before, on whichever connection.
    await client.ping()
    await client.eval(AGE, 0, passedMs)
  }
}
