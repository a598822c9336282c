import { Session, type Profiler, type Runtime } from 'node:inspector'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import Pool from 'undici/lib/dispatcher/pool'
import { startGateway, type TestGateway } from '../test/support/gateway'

/**
 * Prints what one uncached page of 20 tasks from two sources runs through: the files of `src` whose functions V8 saw
 * called, and the stack from the walk through a list down to undici, over every promise on the way.
 */
const SOURCE = join(__dirname, '..', 'src')
/** Where the stack of a call begins and ends. */
const LIST_WALK = 'tasks/paging/list-walk.ts'
const MAX_FILES = 70
const MAX_FRAMES = 14
const WARM_UPS = 20

type StackTrace = Runtime.StackTrace

async function main(): Promise<void> {
  const gateway = await startGateway({
    env: { TASK_GATEWAY_CACHE_TTL_MS: '1000', NODE_ENV: 'production' },
  })
  for (let at = 0; at < WARM_UPS; at++) await page(gateway, at)
  const files = await filesOf(() => page(gateway, WARM_UPS))
  const frames = await framesOf(() => page(gateway, WARM_UPS + 1))
  await gateway.close()
  console.log(`A page passes through ${files.length} files (at most ${MAX_FILES}):`)
  for (const file of files) console.log(`  ${file}`)
  console.log(`\n${frames.length} frames lie between the list walk and undici (at most ${MAX_FRAMES}):`)
  for (const frame of frames) console.log(`  ${frame}`)
  process.exitCode = files.length <= MAX_FILES && frames.length <= MAX_FRAMES ? 0 : 1
}

/** Every question another one, so that no cache answers it. */
async function page(gateway: TestGateway, number: number): Promise<void> {
  const from = new Date(Date.UTC(2020, 0, 1) + number * 1000).toISOString()
  const { body } = await gateway.query(
    `query ($filter: TaskFilter) { tasks(first: 20, filter: $filter) {
      edges { cursor node { id provider taskId status rawType startedAt progress instances { id } } } pageInfo { hasNextPage endCursor } } }`,
    { filter: { startedAt: { from } } },
  )
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors))
}

async function filesOf(run: () => Promise<void>): Promise<readonly string[]> {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  session.post('Profiler.takePreciseCoverage')
  await run()
  const called = new Set<string>()
  session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
    for (const { url, functions } of result) {
      const file = sourceOf(url)
      if (file !== null && functions.some(wasCalled)) called.add(file)
    }
  })
  session.post('Profiler.stopPreciseCoverage')
  session.disconnect()
  return [...called].sort()
}

function wasCalled({ ranges }: Profiler.FunctionCoverage): boolean {
  return (ranges[0]?.count ?? 0) > 0
}

/** The functions that wait for the first call of a request, from undici's caller up to the walk through its list. */
async function framesOf(run: () => Promise<void>): Promise<readonly string[]> {
  const session = new Session()
  session.connect()
  const traces: StackTrace[] = []
  session.on('Runtime.consoleAPICalled', ({ params: { type, stackTrace } }) => {
    if (type === 'trace' && stackTrace !== undefined) traces.push(stackTrace)
  })
  session.post('Runtime.enable')
  session.post('Debugger.enable')
  session.post('Debugger.setAsyncCallStackDepth', { maxDepth: 64 })
  const dispatch = Reflect.get(Pool.prototype, 'dispatch')
  const stderr = process.stderr.write.bind(process.stderr)
  Pool.prototype.dispatch = function (this: Pool, ...words: Parameters<Pool['dispatch']>) {
    process.stderr.write = () => true
    console.trace()
    process.stderr.write = stderr
    return dispatch.apply(this, words)
  }
  await run()
  Pool.prototype.dispatch = dispatch
  session.disconnect()
  const [first] = traces
  if (first === undefined) throw new Error('the page asked no upstream')
  return toListWalk(first)
}

function toListWalk(trace: StackTrace): readonly string[] {
  const frames: string[] = []
  for (let part: StackTrace | undefined = trace; part !== undefined; part = part.parent)
    for (const { url, functionName } of part.callFrames) {
      const file = sourceOf(url)
      if (file === LIST_WALK) return frames
      if (file !== null) frames.push(`${file}  ${functionName || '(anonymous)'}`)
    }
  throw new Error(`no frame of ${LIST_WALK} in ${frames.join(', ')}`)
}

/** The file below `src` that the script was compiled from; null for any other script. */
function sourceOf(url: string): string | null {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  const file = relative(SOURCE, path).split(sep).join('/')
  return file.startsWith('..') || file.startsWith('emulator/') ? null : file.replace(/\.js$/, '.ts')
}

void main()
