import { at } from './answer'
import { get, post, until, type Letter, type Request } from './exchange'
import { startGateway, type TestGateway, type TestGatewayOptions } from './gateway'
import { rowsFrom, worldOf } from './worlds'

export const REGION = 'ap-guangzhou'
export const LIST = '{ tasks(first: 5) { nodes { id status } sources { error { code } } } }'
const NOV_2023 = Date.UTC(2023, 10, 1) / 1000

/** A gateway that gives whole answers again, before 300 tasks of each product, by a clock that the test sets. */
export class CachingGateway {
  private gate = Promise.resolve()
  private open = (): void => {}
  private readonly lookedUp: Promise<unknown>[] = []

  private constructor(
    private readonly started: TestGateway,
    private readonly clock: { ms: number },
    hold: { wait: () => Promise<void> },
  ) {
    hold.wait = () => this.gate
  }

  static async start({ env, ...options }: TestGatewayOptions = {}): Promise<CachingGateway> {
    const clock = { ms: Date.now() }
    const hold = { wait: () => Promise.resolve() }
    const now = () => clock.ms
    const [cdb, postgres] = (['cdb', 'postgres'] as const).map((product) => ({
      [REGION]: rowsFrom(product, 300, NOV_2023),
    }))
    const started = await startGateway({
      env: {
        TASK_GATEWAY_CACHE_TTL_MS: '1000',
        TASK_GATEWAY_ATTEMPT_TIMEOUT_MS: '60000',
        TASK_GATEWAY_DEADLINE_MS: '120000',
        ...env,
      },
      emulator: {
        world: worldOf({ ...(cdb && { cdb }), ...(postgres && { postgres }) }),
        latencyMs: 1,
        now,
        sleep: () => hold.wait(),
      },
      now,
      ...options,
    })
    return new CachingGateway(started, clock, hold)
  }

  get url(): string {
    return this.started.url
  }

  get emulator() {
    return this.started.emulator
  }

  /** How many upstream calls there were for lists. */
  get calls(): number {
    return this.emulator.log.count() - this.marks()
  }

  /** The lines of the log that tell of answered requests. */
  get lines(): readonly object[] {
    return this.started.lines
      .map((line) => JSON.parse(line) as { readonly msg?: unknown })
      .filter(({ msg }) => msg === 'answered')
  }

  metrics(): Promise<string> {
    return this.started.metrics()
  }

  /** Lets so much time pass; back where it is negative. */
  pass(ms: number): void {
    this.clock.ms += ms
  }

  post(body: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<Letter> {
    return post(this.url, body, headers, signal)
  }

  /** Executed each time. */
  get(request: Request, headers?: Record<string, string>): Promise<Letter> {
    return get(this.url, request, headers)
  }

  /** From now on the upstreams hold their answers back. */
  hold(): void {
    this.gate = new Promise((resolve) => (this.open = resolve))
  }

  release(): void {
    this.open()
  }

  /** Waits until all the requests before have come as far as they can, by a look-up that comes behind them. */
  async arrived(): Promise<void> {
    const before = this.marks()
    // Nobody shares it.
    const query = `{ postgresTask(taskId: "${1_000_000 + before}") { id } }`
    this.lookedUp.push(this.post({ query }))
    await until(() => this.marks() > before)
  }

  /** Makes a task another than it was. */
  change(fields: Readonly<Record<string, string>>, product: 'cdb' | 'postgres' = 'cdb', id = 300): void {
    this.emulator.world.change(product, REGION, id, fields)
  }

  drain(): Promise<void> {
    return this.started.drain()
  }

  async close(): Promise<void> {
    this.release()
    await Promise.all(this.lookedUp)
    await this.started.close()
  }

  private marks(): number {
    return this.emulator.log.calls.filter(({ parameters }) => at(parameters, 'TaskId') !== undefined).length
  }
}

/** What an answer says that it has cost. */
export function upstreamOf({ text }: Letter): unknown {
  return at(JSON.parse(text), 'extensions', 'upstream')
}

export function dataOf({ text }: Letter): unknown {
  return at(JSON.parse(text), 'data')
}

/** The codes of its errors. */
export function codesOf({ text }: Letter): readonly unknown[] {
  const errors = at(JSON.parse(text), 'errors')
  return Array.isArray(errors) ? errors.map((error: unknown) => at(error, 'extensions', 'code')) : []
}

/** As it reads for whoever is given an answer again that was made of so many. */
export function again(reads: number): object {
  return { calls: 0, cacheHits: reads, shared: 0, queuedMs: 0 }
}
