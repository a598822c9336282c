import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createFlight } from '../src/cache/flight'
import { createMeter } from '../src/call-context'
import { Caller, givenUp } from './support/held-upstream'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

interface Answer {
  readonly rows: readonly number[]
}

/** One that has landed, and its answer, which nobody else holds. */
async function land() {
  const flight = createFlight<Answer>({
    ask: () => Promise.resolve({ rows: [1, 2, 3] }),
    startedMs: 0,
    meter: createMeter(),
    givenUp,
  })
  return { flight, answer: new WeakRef(await flight.join(new Caller().scope)) }
}

it('that has landed holds its answer no longer, and is not to be joined', async () => {
  const { flight, answer } = await land()
  await setImmediate()
  collect()
  expect(answer.deref()).toBeUndefined()
  expect(flight.isOpen()).toBe(false)
})
