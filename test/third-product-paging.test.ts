import { createEmptyWorld } from '../src/emulator/world/create-world'
import type { World } from '../src/emulator/world/world'
import type { TaskFilter } from '../src/tasks/filter'
import type { TaskOrder } from '../src/tasks/order'
import type { PageArguments } from '../src/tasks/plan'
import type { TaskPage } from '../src/tasks/list-tasks'
import { formatBeijingTime } from '../src/tencent/time'
import { Dice } from './support/fuzz/dice'
import { listAt, textAt, at } from './support/answer'
import { TapeDesk } from './support/tape/desk'
import { startWithTape } from './support/tape/gateway'
import { TapeWorld } from './support/tape/world'

const REGION = 'ap-guangzhou'
const NOW = 1_790_000_000
const HISTORIES = 60
/** Another one walks other histories; a failure names the seed of its history. */
const FIRST_SEED = Number(process.env['PAGING_SEED'] ?? 1)

/** Three products whose lists move, and which of their tasks have stayed as they were. */
class MovingWorld {
  readonly tape = new TapeWorld()
  readonly world: World = createEmptyWorld()
  /** `TAPE 12` and so on, with the second of its start. */
  readonly stable = new Map<string, number>()
  private next = 1
  private readonly removable: (() => void)[] = []

  constructor(
    private readonly dice: Dice,
    counts: { readonly tape: number; readonly others: number },
    /** How many seconds the starts lie in; few make many equal. */
    private readonly span: number,
    private readonly nowSecond = NOW,
  ) {
    for (let count = 0; count < counts.tape; count++) this.addTape(this.anySecond())
    for (let count = 0; count < counts.others; count++)
      this.addOther(dice.pick(['cdb', 'postgres'] as const), this.anySecond())
  }

  /** One change of any kind; what it touches is stable no more. */
  move(): void {
    const kind = this.dice.below(10)
    const before = this.stable.size
    if (kind < 4) this.addTape(this.nowSecond + 1 + this.dice.below(5))
    else if (kind < 6) this.addTape(this.anySecond())
    else if (kind < 7) this.addOther(this.dice.pick(['cdb', 'postgres'] as const), this.anySecond())
    else {
      const at = this.dice.below(this.removable.length)
      this.removable.splice(at, 1)[0]?.()
    }
    if (this.stable.size > before) this.stable.delete([...this.stable.keys()].at(-1) ?? '')
  }

  /** So many jobs that are newer than all others. */
  addNewest(count: number): void {
    for (let added = 0; added < count; added++) this.tape.putEnded(this.next++, this.nowSecond + 10)
  }

  private anySecond(): number {
    return this.nowSecond - 10_000 - this.dice.below(this.span)
  }

  private addTape(second: number): void {
    const id = this.next++
    this.tape.putEnded(id, second, { Kind: this.dice.pick(['recall', 'wipe']) })
    this.keep(`TAPE ${id}`, second, () => this.tape.jobs.delete(id))
  }

  private addOther(service: 'cdb' | 'postgres', second: number): void {
    const id = this.next++
    const times = { StartTime: formatBeijingTime(second), EndTime: formatBeijingTime(second + 10) }
    this.world.insert(service, REGION, { [service === 'cdb' ? 'JobId' : 'TaskId']: id, ...times })
    this.keep(`${service.toUpperCase()} ${id}`, second, () => this.world.remove(service, REGION, id))
  }

  private keep(name: string, second: number, remove: () => void): void {
    this.stable.set(name, second)
    this.removable.push(() => {
      this.stable.delete(name)
      remove()
    })
  }
}

interface Shown {
  readonly name: string
  readonly second: number
  readonly key: readonly [number, string, number]
}

function shown(provider: string, number: string, second: number): Shown {
  return { name: `${provider} ${number}`, second, key: [second, provider, Number(number)] }
}

/** What is wrong with a walk: a task twice or out of order, or one missing that was there all the time. */
function problemsOf(
  walked: readonly Shown[],
  stable: ReadonlyMap<string, number>,
  direction: 'ASC' | 'DESC',
) {
  const sign = direction === 'ASC' ? 1 : -1
  const disordered = walked.filter((task, index) => {
    const last = walked[index - 1]
    return last !== undefined && sign * compare(last.key, task.key) >= 0
  })
  const names = new Set(walked.map(({ name }) => name))
  return [
    ...disordered.map(({ name }) => `${name} comes twice or out of order`),
    ...[...stable.keys()].filter((name) => !names.has(name)).map((name) => `${name} is missing`),
  ]
}

function compare(a: Shown['key'], b: Shown['key']): number {
  return a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0) || a[2] - b[2]
}

interface Walked {
  readonly tasks: readonly Shown[]
  readonly pages: number
  readonly calls: number
  readonly mostCalls: number
}

/** Walks from one end to the other, in the direction of the walk. */
async function walk(
  desk: TapeDesk,
  size: number,
  { order, filter, isBackward }: { order: TaskOrder; filter: TaskFilter; isBackward: boolean },
  between: () => void,
): Promise<Walked> {
  const tasks: Shown[] = []
  let [calls, mostCalls] = [0, 0]
  for (let pages = 1, cursor: string | null = null; pages < 2000; pages++) {
    const args: PageArguments = isBackward ? { last: size, before: cursor } : { first: size, after: cursor }
    const question = { page: args, order, filter }
    const page: TaskPage = await desk.page(question)
    const failure = page.sources.find(({ isMissing }) => isMissing)?.failure
    if (failure) throw failure
    calls += desk.calls
    mostCalls = Math.max(mostCalls, desk.calls)
    if (desk.calls > desk.plan(question).most)
      throw new Error(`${desk.calls} calls are more than was planned`)
    const edges = isBackward ? [...page.edges].reverse() : page.edges
    tasks.push(
      ...edges.map(({ task }) => shown(task.provider, task.number.toString(), task.startSecond ?? -Infinity)),
    )
    const hasMore = await (isBackward ? page.hasPreviousPage() : page.hasNextPage())
    if (!hasMore) return { tasks, pages, calls, mostCalls }
    cursor = isBackward ? page.startCursor() : page.endCursor()
    between()
  }
  throw new Error('the walk comes to no end')
}

describe('a list whose Offset must be a multiple of its Limit, and that knows no time', () => {
  it.each([
    ['newest first', 'DESC', false],
    ['oldest first', 'ASC', false],
    ['newest first, backward', 'DESC', true],
    ['oldest first, backward', 'ASC', true],
  ] as const)(
    'is merged with the others, every task once and in order, while all of them move: %s',
    async (_name, direction, isBackward) => {
      const broken: string[] = []
      let [pages, calls] = [0, 0]
      for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
        const dice = new Dice(seed)
        const moving = new MovingWorld(
          dice,
          { tape: dice.pick([20, 150, 400, 900]), others: dice.pick([0, 120]) },
          dice.pick([20, 300, 9000]),
        )
        const desk = new TapeDesk(moving.tape, moving.world, () => NOW * 1000)
        const changes = dice.pick([0, 2, 8])
        // Between the calls of one page too.
        desk.beforeAnswer = () => {
          if (changes > 0 && dice.chance(0.2)) moving.move()
        }
        const filter = dice.chance(0.3) ? { types: ['RESTORE'] as const } : {}
        const asked = { order: { field: 'STARTED_AT', direction } as const, filter, isBackward }
        const walked = await walk(desk, dice.pick([5, 20, 60, 100]), asked, () => {
          for (let change = dice.below(changes + 1); change > 0; change--) moving.move()
        })
        pages += walked.pages
        calls += walked.calls
        const wanted = new Map([...moving.stable].filter(([name]) => matches(name, moving, filter)))
        const walkedTo = isBackward === (direction === 'ASC') ? 'DESC' : 'ASC'
        for (const problem of problemsOf(walked.tasks, wanted, walkedTo))
          broken.push(`seed ${seed}: ${problem}`)
      }
      process.stdout.write(`${pages} pages of three sources, ${(calls / pages).toFixed(2)} calls each\n`)
      expect(broken.slice(0, 5)).toEqual([])
    },
    120_000,
  )

  it.each([0, 90, 1000, 10_000])(
    'finds its place again within a bounded number of calls after %i rows have moved it',
    async (moved) => {
      const moving = new MovingWorld(new Dice(1), { tape: 600, others: 0 }, 9000)
      const desk = new TapeDesk(moving.tape, moving.world, () => NOW * 1000)
      let isMoved = false
      const asked = {
        order: { field: 'STARTED_AT', direction: 'DESC' },
        filter: {},
        isBackward: false,
      } as const
      const walked = await walk(desk, 50, asked, () => {
        if (!isMoved) moving.addNewest(moved)
        isMoved = true
      })
      expect(problemsOf(walked.tasks, moving.stable, 'DESC')).toEqual([])
      expect(walked.tasks).toHaveLength(600)
      // Three of the calls are those of the other two products, which are empty.
      expect(walked.mostCalls).toBeLessThanOrEqual(moved <= 90 ? 5 : 14)
    },
  )
})

/** Whether the task of that name is of the filter, which names types of TAPE alone. */
function matches(name: string, { tape }: MovingWorld, { types }: TaskFilter): boolean {
  if (types === undefined) return true
  const [provider, id] = name.split(' ')
  return provider === 'TAPE' && tape.jobs.get(Number(id))?.Kind === 'recall'
}

describe('a walk over HTTP through the lists of three products', () => {
  it.each(['DESC', 'ASC'] as const)(
    'gives every task once, in order, forward and backward, while TAPE moves: %s',
    async (direction) => {
      const dice = new Dice(7)
      const second = Math.floor(Date.now() / 1000)
      const moving = new MovingWorld(dice, { tape: 350, others: 120 }, 2000, second)
      const gateway = await startWithTape({
        world: moving.world,
        tape: moving.tape,
        beforeAnswer: () => moving.move(),
      })
      const walkOver = async (isBackward: boolean): Promise<Shown[]> => {
        const [size, place, more, end] = isBackward
          ? (['last', 'before', 'hasPreviousPage', 'startCursor'] as const)
          : (['first', 'after', 'hasNextPage', 'endCursor'] as const)
        const query = `query ($cursor: String) {
          tasks(${size}: 25, ${place}: $cursor, orderBy: { direction: ${direction} }) {
            nodes { provider taskId startedAt } pageInfo { ${more} ${end} }
          }
        }`
        const tasks: Shown[] = []
        for (let cursor: string | null = null; ;) {
          const { body } = await gateway.query(query, { cursor })
          expect(body.errors).toBeUndefined()
          const nodes = listAt(body.data, 'tasks', 'nodes').map((node) =>
            shown(
              textAt(node, 'provider'),
              textAt(node, 'taskId'),
              new Date(textAt(node, 'startedAt')).getTime() / 1000,
            ),
          )
          tasks.push(...(isBackward ? nodes.reverse() : nodes))
          if (at(body.data, 'tasks', 'pageInfo', more) !== true) return tasks
          cursor = textAt(body.data, 'tasks', 'pageInfo', end)
        }
      }
      try {
        const forward = await walkOver(false)
        expect(problemsOf(forward, moving.stable, direction)).toEqual([])
        const backward = await walkOver(true)
        expect(problemsOf(backward, moving.stable, direction === 'ASC' ? 'DESC' : 'ASC')).toEqual([])
        expect(forward.length).toBeGreaterThan(350)
      } finally {
        await gateway.close()
      }
    },
    60_000,
  )
})
