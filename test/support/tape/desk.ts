import { NO_COST } from '../../../src/call-cost'
import { UpstreamFailure } from '../../../src/failure'
import type { World } from '../../../src/emulator/world/world'
import { ownerAmong } from '../../../src/providers/provider'
import { ANYONE } from '../../../src/tasks/caller'
import { CursorCodec, cursorKey } from '../../../src/tasks/cursor'
import { ObservedSource } from '../../../src/tasks/observed-source'
import type { CallEstimate, ListQuestion } from '../../../src/tasks/plan'
import { TaskService } from '../../../src/tasks/service'
import type { TaskPage } from '../../../src/tasks/task-page'
import { parseJson } from '../../../src/tencent/json'
import type { Call } from '../../../src/upstream-call'
import { WITH_TAPE } from './view'
import type { TapeWorld } from './world'

const REGION = 'ap-guangzhou'

/** The core over three products without HTTP between them; the providers' own code plans and reads. */
export class TapeDesk {
  /** Calls of the page asked for last. */
  calls = 0
  /** Runs before each call is answered. */
  beforeAnswer: () => void = () => undefined
  private readonly service: TaskService

  constructor(
    private readonly tape: TapeWorld,
    private readonly world: World,
    private readonly now: () => number,
  ) {
    const report = { unknownWord: () => undefined, rowLeftOut: () => undefined }
    const ownerOf = ownerAmong(WITH_TAPE.providers)
    const sources = WITH_TAPE.providers.map((provider) => {
      const key = { provider: provider.name, account: 'default', region: REGION }
      const call = this.call(provider.service)
      const source = provider.createSource({ key, call, ownerOf, report, now })
      return new ObservedSource(source, 50, now, { problem: () => undefined, failure: () => undefined })
    })
    this.service = new TaskService(sources, {
      cursors: new CursorCodec([cursorKey('a secret of the tests')]),
      now,
      scanCalls: 20,
      toleranceSeconds: 0,
      maxAgeMs: 0,
    })
  }

  page(question: ListQuestion): Promise<TaskPage> {
    this.calls = 0
    const signal = new AbortController().signal
    return this.service.list(question, ANYONE, { signal })
  }

  plan(question: ListQuestion): CallEstimate {
    return this.service.plan(question, ANYONE).calls
  }

  private call(service: string): Call {
    return async ({ body }) => {
      this.calls += 1
      // An answer never comes in the same turn.
      await Promise.resolve()
      this.beforeAnswer()
      const fields = this.answer(service, parseJson(body) as Readonly<Record<string, unknown>>)
      if (fields['Error'] !== undefined)
        throw new UpstreamFailure('UPSTREAM_REJECTED', JSON.stringify(fields['Error']), { retryable: false })
      const askedAtMs = this.now()
      const response = { fields, requestId: 'request', askedAtMs, body: Buffer.alloc(0) }
      return { response, cost: { ...NO_COST, calls: 1, answers: 1, oldestMs: askedAtMs } }
    }
  }

  private answer(service: string, parameters: Readonly<Record<string, unknown>>) {
    if (service === 'tape') return this.tape.answer(parameters)
    const product = service === 'cdb' ? 'cdb' : 'postgres'
    return this.world.describe(product, REGION, parameters, this.now()).Response
  }
}
