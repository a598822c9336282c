import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import ts from 'typescript'

const SOURCE = join(__dirname, '..', 'src')

/** What each room may import beside itself and the leaves: a room, or one file of it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  cli: ['main', 'demo'],
  main: ['app', 'config', 'telemetry', 'tencent/credentials-files'],
  demo: ['app', 'config', 'telemetry', 'emulator'],
  app: [
    'auth',
    'config',
    'http',
    'graphql',
    'federation',
    'live',
    'tasks',
    'providers',
    'tencent',
    'cache',
    'redis',
    'telemetry',
  ],
  config: ['auth/key-file'],
  http: ['auth', 'graphql', 'live'],
  federation: ['graphql', 'tasks'],
  auth: ['tasks'],
  graphql: ['live', 'tasks', 'providers/cdb/task', 'providers/postgres/task'],
  live: ['tasks'],
  providers: ['tasks', 'tencent'],
  tasks: [],
  tencent: [],
  cache: [],
  redis: [],
  telemetry: [],
  emulator: ['tencent/sign', 'tencent/time'],
}
/** Imported by every room. Each may import those before it. */
const LEAVES = ['call-cost', 'failure', 'call-context', 'upstream-call', 'time-limit', 'event-loop-scheduler']
/** A folder of leaves, which import only each other. */
const LIBRARY = 'lib'

/** File → the files it imports; paths are below `src`, without `.ts`. */
type Graph = ReadonlyMap<string, readonly string[]>

describe('the imports', () => {
  const graph = readGraph()

  it('point only where the architecture allows', () => {
    expect(graph.size).toBeGreaterThan(20)
    expect(forbiddenEdges(graph)).toEqual([])
  })

  it('form no cycle', () => {
    expect(findCycle(graph)).toBeNull()
  })
})

describe('the check of the imports', () => {
  it.each([
    ['tasks/service', 'tencent/stack'],
    ['tencent/retry', 'tasks/task'],
    ['emulator/server', 'tencent/transport'],
    ['graphql/resolver', 'http/server'],
    ['http/server', 'config'],
    ['telemetry/log', 'config/http'],
    ['failure', 'call-context'],
    ['lib/is-record', 'failure'],
    ['config/accounts', 'main'],
    ['cellar/box', 'tasks/task'],
  ])('refuses %s → %s', (from, to) => {
    expect(forbiddenEdges(new Map([[from, [to]]]))).toEqual([`${from} → ${to}`])
  })

  it.each([
    ['main', 'app'],
    ['app', 'config'],
    ['config', 'config/accounts'],
    ['emulator/world/rows', 'tencent/time'],
    ['providers/cdb/source', 'tencent/request'],
    ['failure', 'call-cost'],
    ['cache/coalesce', 'lib/sleep'],
    ['tencent/retry', 'failure'],
    ['tasks/source', 'call-context'],
  ])('lets %s → %s pass', (from, to) => {
    expect(forbiddenEdges(new Map([[from, [to]]]))).toEqual([])
  })

  it('finds a cycle of any length, and none where two ways lead to one file', () => {
    const diamond: [string, string[]][] = [
      ['a', ['b', 'c']],
      ['b', ['d']],
      ['c', ['d']],
    ]
    expect(findCycle(new Map(diamond))).toBeNull()
    expect(findCycle(new Map([...diamond, ['d', ['c']]]))).toEqual(['d', 'c', 'd'])
    expect(findCycle(new Map([['a', ['a']]]))).toEqual(['a', 'a'])
  })

  it('sees every way to import, and no text that only looks like one', () => {
    const text = `
      import './bare'
      import type { A } from './typed'
      import B = require('./equals')
      export * from './exported'
      const c = require('./required')
      const d = import('./dynamic')
      let e: import('./inline').E
      // import './comment'
      const f = "import './string'"
    `
    const found = ['bare', 'typed', 'equals', 'exported', 'required', 'dynamic', 'inline']
    expect(specifiers(text)).toEqual(found.map((name) => `./${name}`))
  })
})

function forbiddenEdges(graph: Graph): readonly string[] {
  return [...graph].flatMap(([from, targets]) =>
    targets.filter((to) => !isAllowed(from, to)).map((to) => `${from} → ${to}`),
  )
}

function isAllowed(from: string, to: string): boolean {
  if (LEAVES.includes(from)) return LEAVES.includes(to) && LEAVES.indexOf(to) < LEAVES.indexOf(from)
  if (roomOf(from) === LIBRARY) return roomOf(to) === LIBRARY
  if (LEAVES.includes(to) || roomOf(to) === LIBRARY || roomOf(from) === roomOf(to)) return true
  const allowed = ALLOWED[roomOf(from)] ?? []
  return allowed.includes(roomOf(to)) || allowed.includes(to)
}

/** The first folder; a file beside the folders is its own room, as `config.ts` is with the folder `config`. */
function roomOf(file: string): string {
  return file.split('/')[0] ?? file
}

/** One cycle as its files in order, the first again at the end. */
function findCycle(graph: Graph): readonly string[] | null {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return null
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file])
      if (cycle !== null) return cycle
    }
    done.add(file)
    return null
  }
  return [...graph.keys()].map((file) => visit(file, [])).find((cycle) => cycle !== null) ?? null
}

/** The browser's sources in `graphiql` are a program of their own. */
function readGraph(): Graph {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => file.endsWith('.ts') && !file.startsWith('graphiql/'))
    .map((file) => file.slice(0, -'.ts'.length))
  return new Map(files.map((file) => [file, importsOf(file, files)]))
}

function importsOf(file: string, files: readonly string[]): readonly string[] {
  const relatives = specifiers(readFileSync(join(SOURCE, `${file}.ts`), 'utf8')).filter((name) =>
    name.startsWith('.'),
  )
  return relatives.map((specifier) => {
    const path = relative('.', posix.join(dirname(file), specifier)).replace(/\.js$/, '')
    return files.find((known) => known === path || known === `${path}/index`) ?? path
  })
}

/** What a file names in `import`, `export … from`, `require` and import types. */
function specifiers(text: string): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push(specifier.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true))
  return found
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
  if (!ts.isCallExpression(node)) return undefined
  const callee = node.expression
  const imports =
    callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
  return imports ? node.arguments[0] : undefined
}
