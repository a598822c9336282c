import { UpstreamFailure } from '../../../src/failure'
import { PROVIDERS } from '../../../src/providers'
import { ownerAmong } from '../../../src/providers/provider'
import { NO_COST } from '../../../src/call-cost'
import { ANYONE } from '../../../src/tasks/caller'
import { CursorCodec, cursorKey } from '../../../src/tasks/cursor'
import { ObservedSource } from '../../../src/tasks/observed-source'
import { TaskService } from '../../../src/tasks/service'
import type { TaskPage } from '../../../src/tasks/list-tasks'
import { distort, type Oddity } from '../../../src/emulator/server/oddities'
import type { Service } from '../../../src/emulator/world/products'
import type { WireRow } from '../../../src/emulator/world/row'
import type { ListQuestion, PagePlan } from '../../../src/tasks/plan'
import { meaningOf } from '../../../src/tencent/error-codes'
import { parseJson } from '../../../src/tencent/json'
import type { Call } from '../../../src/upstream-call'
import type { ModelWorld } from './model-world'

const ownerOf = ownerAmong(PROVIDERS)

/** One upstream list: a product in a region. */
export interface Place {
  readonly service: Service
  readonly region: string
}

/** A call that was sent. */
export interface SentCall extends Place {
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface DirectGatewayOptions {
  readonly model: ModelWorld
  readonly now: () => number
  readonly toleranceSeconds?: number
  readonly scanCalls?: number
  /** What is odd about the answer to a call; none where absent. */
  readonly odditiesOf?: (call: SentCall) => readonly Oddity[]
  /** Asked before each call; throws to make it fail. */
  readonly beforeCall?: (call: SentCall) => void
}

/** The core over a world, without HTTP between them; the providers' own code plans and reads. */
export class DirectGateway {
  readonly calls: SentCall[] = []
  /** Whether the answer to a call is larger than is read. */
  isTooLarge: (call: SentCall) => boolean = () => false
  private readonly sources = new Map<string, ObservedSource>()
  private readonly cursors = new CursorCodec([cursorKey('a secret of the tests')])

  constructor(private readonly options: DirectGatewayOptions) {}

  list(question: ListQuestion, places: readonly Place[]): Promise<TaskPage> {
    return this.service(places).list(question, ANYONE, { signal: new AbortController().signal })
  }

  /** What the page would ask. */
  plan(question: ListQuestion, places: readonly Place[]): PagePlan {
    return this.service(places).plan(question, ANYONE)
  }

  private service(places: readonly Place[]): TaskService {
    const { now, toleranceSeconds = 0, scanCalls = 20 } = this.options
    const sources = places.map((place) => {
      const name = `${place.service} ${place.region}`
      const source = this.sources.get(name) ?? this.source(place)
      this.sources.set(name, source)
      return source
    })
    return new TaskService(sources, {
      cursors: this.cursors,
      now,
      scanCalls,
      toleranceSeconds,
      maxAgeMs: 0,
    })
  }

  private source(place: Place): ObservedSource {
    const { now } = this.options
    const provider = PROVIDERS.find(({ service }) => service === place.service)
    if (provider === undefined) throw new Error(`there is no product ${place.service}`)
    const key = { provider: provider.name, account: 'default', region: place.region }
    const report = { unknownWord: () => {}, rowLeftOut: () => {} }
    const call = this.call(place)
    const source = provider.createSource({ key, call, ownerOf, report, now })
    return new ObservedSource(source, 50, now, { problem() {}, failure() {} })
  }

  private call({ service, region }: Place): Call {
    const { model, now, beforeCall, odditiesOf = () => [] } = this.options
    return async ({ body }) => {
      const parameters = parseJson(body) as SentCall['parameters']
      const call = { service, region, parameters }
      this.calls.push(call)
      // An answer never comes in the same turn.
      await Promise.resolve()
      beforeCall?.(call)
      const answer = model.world.describe(service, region, parameters, now())
      const oddities = odditiesOf(call)
      const { Response: fields } = distort(
        answer,
        oddities.filter(({ kind }) => kind !== 'hugeRow'),
      )
      const isHuge = oddities.some((oddity) => oddity.kind === 'hugeRow' && hasRow(fields, oddity.id))
      if (isHuge || this.isTooLarge(call)) throw tooLarge()
      if (fields['Error'] !== undefined) throw refused(service, fields['Error'])
      const response = { fields, requestId: 'request', askedAtMs: now(), body: Buffer.alloc(0) }
      return { response, cost: { ...NO_COST, calls: 1, answers: 1, oldestMs: now() } }
    }
  }
}

/** A failure of the upstream, as the client would tell it. */
export function outage(): UpstreamFailure {
  return new UpstreamFailure('UPSTREAM_UNAVAILABLE', 'down', { retryable: true })
}

/** As the transport tells it, without the bytes. */
function tooLarge(): UpstreamFailure {
  const facts = { retryable: false, isTooLarge: true, cost: { ...NO_COST, calls: 1 } }
  return new UpstreamFailure('UPSTREAM_INVALID_RESPONSE', 'larger than the limit', facts)
}

function hasRow(fields: Readonly<Record<string, unknown>>, id: number): boolean {
  const rows = fields['Items'] ?? fields['TaskSet']
  return Array.isArray(rows) && rows.some((row: WireRow) => row['JobId'] === id || row['TaskId'] === id)
}

function refused(service: Service, error: unknown): UpstreamFailure {
  const upstreamCode =
    typeof error === 'object' && error !== null && 'Code' in error ? String(error.Code) : ''
  const { code, isMissing = false } = meaningOf(service, upstreamCode)
  return new UpstreamFailure(code, upstreamCode, { retryable: false, upstreamCode, isMissing })
}
