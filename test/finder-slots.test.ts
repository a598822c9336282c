import { setImmediate } from 'node:timers/promises'
import { LookUpSlots } from '../src/tasks/finder-slots'

const { signal } = new AbortController()

/** Has each enter, and notes the order in which they run. */
async function orderOf(entries: readonly (readonly [payer: string, task: string])[], limit = 1) {
  const slots = new LookUpSlots(limit)
  const order: string[] = []
  await Promise.all(
    entries.map(async ([payer, task]) => {
      const leave = await slots.enter(task, { signal, payer })
      order.push(`${payer}:${task}`)
      await setImmediate()
      leave()
    }),
  )
  return order
}

it('callers take turns, however many look-ups each of them has', async () => {
  const hostile = Array.from({ length: 200 }, (_, at) => ['hostile', String(at)] as const)
  const order = await orderOf([...hostile, ['valid', 'a'], ['valid', 'b'], ['other', 'c']])
  expect(order.slice(0, 6)).toEqual(['hostile:0', 'hostile:1', 'valid:a', 'other:c', 'hostile:2', 'valid:b'])
  expect(order).toHaveLength(203)
})

it('look-ups of one task run together, whoever waits for it', async () => {
  const order = await orderOf([
    ['one', 'x'],
    ['one', 'y'],
    ['two', 'z'],
    ['two', 'y'],
  ])
  expect([order[0], order.slice(1, 3).sort(), order[3]]).toEqual(['one:x', ['one:y', 'two:y'], 'two:z'])
})

it('one that gives up takes nobody’s turn', async () => {
  const slots = new LookUpSlots(1)
  const gone = new AbortController()
  const leave = await slots.enter('x', { signal })
  const given = slots.enter('y', { signal: gone.signal, payer: 'hostile' })
  const next = slots.enter('z', { signal, payer: 'valid' })
  gone.abort()
  ;(await given)()
  leave()
  ;(await next)()
  expect(await slots.enter('w', { signal, payer: 'hostile' })).toBeInstanceOf(Function)
})
