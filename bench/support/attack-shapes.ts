import type { Attack } from './attack'

type Variables = Readonly<Record<string, unknown>>

/** Texts whose length changes on their way: escaped, of several bytes, or such as patterns look for. */
export const ODD_TEXTS = [
  ...[
    'x',
    '\u0000',
    '"',
    '\\',
    '\n',
    '\u2028',
    'é',
    '中',
    '😀',
    '\ud800',
    ' ',
    '9',
    '-',
    '$',
    '{',
    '[',
    '../',
    '%25',
  ],
  ...[
    ' Did you mean ',
    'Did you mean "x"?',
    'Variable "$x" got invalid value ',
    '2024-01-01T00:00:00Z',
    '__proto__',
  ],
]

export const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(' ')
export const aliases = (count: number, field: string) => many(count, (at) => `a${at}: ${field}`)

/** Where the search begins: what hostile clients send, in small and in large. */
export function attackShapes(): readonly Attack[] {
  const instance = { __typename: 'DatabaseInstance', id: 'cdb-c1nl9rpv' }
  const found = { __typename: 'CdbTask', id: 'x' }
  const queries: readonly (readonly [string, Variables?])[] = [
    [`{ tasks(first: 95) { ${aliases(7, 'nodes { id provider account region taskId type status }')} } }`],
    [`{ tasks(first: 100) { edges { ...F } } } fragment F on TaskEdge { ${aliases(70, 'cursor')} }`],
    [`{ tasks(first: 100) { nodes { ...F } } } fragment F on Task { ${aliases(99, 'id')} }`],
    [`{ postgresTasks(first: 95) { nodes { ${aliases(70, 'input')} ${aliases(20, 'output')} } } }`],
    [`{ postgresTasks(first: 95) { nodes { steps { stepId name progress message } } } }`],
    [`{ tasks(first: 100) { nodes { __typename ... on CdbTask { attachments { key value } } message } } }`],
    [
      `{ ${many(29, (at) => `r${at}: tasks(first: ${at + 1}, filter: { startedAt: { from: "2020-01-${at + 1}T00:00:00Z" } }) { totalCount }`)} }`,
    ],
    [`{ cdbTasks(first: 100, orderBy: { field: ENDED_AT, direction: ASC }) { nodes { id } } }`],
    [
      `{ ${many(29, (at) => `r${at}: tasks(last: 95, filter: { statuses: [UNKNOWN], endedAt: { from: "2020-01-${at + 1}T00:00:00Z" } }) { nodes { id } }`)} }`,
    ],
    [`{ tasks(first: 20) { nodes { instances { tasks(first: 5) { nodes { id instances { id } } } } } } }`],
    ...[
      'tasks(first: 0) { totalCount }',
      'tasks(filter: { statuses: [] }) { totalCount }',
      'id provider',
      'id tasks(first: 1) { totalCount }',
    ].map((field): readonly [string] => [
      `{ tasks(first: 95) { nodes { ${aliases(9, `instances { ${field} }`)} } } }`,
    ]),
    ...['tasks(first: 0) { totalCount }', 'tasks(filter: { accounts: [] }) { nodes { id } }'].map(
      (field): readonly [string] => [`{ tasks(first: 4) { nodes { instances { ${aliases(99, field)} } } } }`],
    ),
    [`{ tasks(first: 95) { ${aliases(5, `nodes { ${aliases(19, 'instances { id provider }')} }`)} } }`],
    [
      `{ tasks(first: 100) { ${aliases(4, `edges { cursor node { id startedAt endedAt durationSeconds status type rawStatus rawType message progress taskId provider account region instances { id provider } } }`)} } }`,
    ],
    [`{ taskSources { ${aliases(90, 'name')} } }`],
    [
      `{ __schema { types { name description fields { name description args { name type { name } } type { name } } } } }`,
    ],
    [`{ __type(name: "Task") { ${many(20, (at) => `f${at}: fields { name description }`)} } }`],
    [`{ ${'tasks { nodes { id } } '.repeat(200)} }`],
    [`{ tasks { nodes { ${'id '.repeat(1500)} } } }`],
    [`{ tasks { nodes { ${'instances { id } '.repeat(299)} } } }`],
    [
      `{ tasks { ${many(49, (at) => `...F${at}`)} } } ${many(49, (at) => `fragment F${at} on TaskConnection { nodes { ...F${(at + 1) % 49} id } ...F${(at + 1) % 49} }`)}`,
    ],
    [
      `{ tasks { ${many(49, (at) => `...F${at}`)} } } ${many(49, (at) => `fragment F${at} on TaskConnection { nodes { ...on Task { a${at}: id } } }`)}`,
    ],
    [
      `{ ...F0 } ${many(40, (at) => `fragment F${at} on Query { ${at < 39 ? `...F${at + 1} ...F${at + 1}` : 'taskSources { name }'} }`)}`,
    ],
    [`{ tasks { totalCount ${many(40, () => '@include(if: true)')} } }`],
    [`{ tasks { totalCount ${many(40, (at) => `@x${at}(a: "${'y'.repeat(50)}")`)} } }`],
    [many(300, (at) => `query Q${at} { tasks { totalCount } }`)],
    [`query (${many(300, (at) => `$v${at}: Int`)}) { tasks { totalCount } }`],
    [`{ tasks(filter: { accounts: ${'['.repeat(700)}${']'.repeat(700)} }) { totalCount } }`],
    [`{ tasks(filter: ${'{a:'.repeat(500)}1${'}'.repeat(500)}) { totalCount } }`],
    [`{ tasks(after: "${'\\u0000'.repeat(2000)}") { totalCount } }`],
    [`{ ${'x'.repeat(60_000)} }`],
    [`{ tasks(first: "${'Did you mean '.repeat(4000)}") { totalCount } }`],
    [`#${'x'.repeat(50_000)}\n{ __typename }`],
    [`query ($f: Int) { tasks(first: $f) { nodes { id } } }`, { f: ' Did you mean '.repeat(4000) }],
    [`query ($f: Int) { tasks(first: $f) { nodes { id } } }`, { f: deep('x'.repeat(1000), 200) }],
    [`query ($a: String) { tasks(after: $a) { nodes { id } } }`, { a: '"'.repeat(30_000) }],
    [
      `query ($t: TaskFilter) { tasks(filter: $t) { totalCount } }`,
      { t: { accounts: fill(1000, (at) => `a${at}`) } },
    ],
    [
      `query ($t: TaskFilter) { tasks(filter: $t) { totalCount } }`,
      { t: { statuses: fill(900, (at) => `W${at}`) } },
    ],
    [
      `query ($i: [ID!]) { ${many(29, (at) => `r${at}: tasks(filter: { instanceIds: $i }) { totalCount }`)} }`,
      { i: fill(100, (at) => `cdb-${at}`) },
    ],
    [
      `query ($i: [ID!]) { ${many(29, (at) => `r${at}: tasks(filter: { instanceIds: $i }) { totalCount }`)} }`,
      { i: fill(4000, (at) => `cdb-${at}`) },
    ],
    [
      `query ($ids: [ID!]!) { ${many(29, (at) => `r${at}: nodes(ids: $ids) { id }`)} }`,
      { ids: fill(100, (at) => `x${at}`) },
    ],
    [`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids: fill(190, (at) => `x${at}`) }],
    [
      `query ($r: [_Any!]!) { ${many(29, (at) => `e${at}: _entities(representations: $r) { __typename }`)} }`,
      { r: fill(900, () => instance) },
    ],
    [
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on DatabaseInstance { ${aliases(45, 'id')} } } }`,
      { r: fill(1000, () => instance) },
    ],
    [
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on CdbTask { id } } }`,
      { r: fill(199, (at) => ({ ...found, id: `x${at}` })) },
    ],
    [
      `query ($r: [_Any!]!) { ${many(9, (at) => `e${at}: _entities(representations: $r) { __typename }`)} }`,
      { r: fill(900, () => ({ ...instance, id: 5 })) },
    ],
    [
      `query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }`,
      { r: [{ ...instance, more: deep('x', 3000) }] },
    ],
    [`{ _service { sdl } ${aliases(28, '_service { sdl }')} }`],
    [`query Q { __typename }`, { unused: 'x'.repeat(60_000) }],
    [`subscription ($ids: [ID!]) { taskUpdated(ids: $ids) { id } }`, { ids: fill(100, (at) => `x${at}`) }],
    [`subscription { taskActivity { ... on TaskEvent { cursor kind task { ${aliases(90, 'id')} } } } }`],
    [`subscription ($c: String) { taskActivity(since: $c) { __typename } }`, { c: 'x'.repeat(60_000) }],
  ]
  return queries.map(([query, variables = {}], at) => ({
    transport: query.startsWith('subscription') || at % 2 === 1 ? 'websocket' : 'http',
    query,
    variables,
  }))
}

export function fill<T>(count: number, make: (at: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, at) => make(at))
}

export function deep(value: unknown, levels: number): unknown {
  return levels === 0 ? value : [deep(value, levels - 1)]
}
