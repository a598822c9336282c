import { setImmediate } from 'node:timers/promises'
import { SharedCall } from '../src/cache/shared-call'
import { NO_COST } from '../src/call-cost'
import { collectGarbage } from './support/collect-garbage'
import { abortError, Caller, responseOf } from './support/held-upstream'

/** One that has been answered, and its response, which nobody else holds. */
async function settle() {
  const call = new SharedCall(0, abortError)
  const answer = call.join(new Caller().scope)
  call.resolve({ response: responseOf('rows', 0), cost: NO_COST })
  return { call, response: new WeakRef((await answer).response) }
}

it('that is settled holds its response no longer, and is not to be joined', async () => {
  const { call, response } = await settle()
  await setImmediate()
  collectGarbage()
  expect(response.deref()).toBeUndefined()
  expect(call.isOpen).toBe(false)
})
