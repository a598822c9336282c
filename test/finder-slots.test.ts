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

it('no look-up waits for those of another caller, however many that has', async () => {
  const hostile = Array.from({ length: 200 }, (_, at) => ['hostile', String(at)] as const)
  const order = await orderOf([...hostile, ['valid', 'a'], ['valid', 'b'], ['other', 'c']])
  expect(order.slice(0, 3)).toEqual(['hostile:0', 'valid:a', 'other:c'])
  expect(order.indexOf('valid:b')).toBeLessThan(6)
  expect(order).toHaveLength(203)
})

it('look-ups of one caller wait for each other, the first first', async () => {
  const slots = new LookUpSlots(5)
  let [running, most] = [0, 0]
  const order: number[] = []
  const lookUp = async (task: number): Promise<void> => {
    const leave = await slots.enter(String(task), { signal, payer: 'one' })
    order.push(task)
    most = Math.max(most, ++running)
    await setImmediate()
    running -= 1
    leave()
  }
  const tasks = Array.from({ length: 20 }, (_, task) => task)
  await Promise.all(tasks.map(lookUp))
  expect([most, order]).toEqual([5, tasks])
})

it('look-ups of one task run together', async () => {
  const order = await orderOf([
    ['one', 'x'],
    ['one', 'y'],
    ['one', 'z'],
    ['one', 'y'],
    ['one', 'x'],
  ])
  expect([order.slice(0, 2), order.slice(2, 4), order[4]]).toEqual([
    ['one:x', 'one:x'],
    ['one:y', 'one:y'],
    'one:z',
  ])
})

it('one that gives up takes no slot', async () => {
  const slots = new LookUpSlots(1)
  const gone = new AbortController()
  const leave = await slots.enter('x', { signal })
  const given = slots.enter('y', { signal: gone.signal })
  const next = slots.enter('z', { signal })
  gone.abort()
  ;(await given)()
  leave()
  ;(await next)()
  expect(await slots.enter('w', { signal })).toBeInstanceOf(Function)
})
