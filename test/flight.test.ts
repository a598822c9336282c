import { setImmediate } from 'node:timers/promises'
import { createFlight } from '../src/cache/flight'
import { createMeter } from '../src/call-context'
import { collectGarbage } from './support/collect-garbage'
import { Caller, abortError } from './support/held-upstream'

interface Answer {
  readonly rows: readonly number[]
}

/** One that has landed, and its answer, which nobody else holds. */
async function land() {
  const flight = createFlight<Answer>({
    ask: () => Promise.resolve({ rows: [1, 2, 3] }),
    startedMs: 0,
    meter: createMeter(),
    abortError,
  })
  return { flight, answer: new WeakRef(await flight.join(new Caller().scope)) }
}

it('that has landed holds its answer no longer, and is not to be joined', async () => {
  const { flight, answer } = await land()
  await setImmediate()
  collectGarbage()
  expect(answer.deref()).toBeUndefined()
  expect(flight.isOpen()).toBe(false)
})
