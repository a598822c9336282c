import { again, codesOf, dataOf, LIST, CachingGateway, upstreamOf } from './support/caching-gateway'
import { at, textAt } from './support/answer'

let gateway: CachingGateway
beforeEach(async () => (gateway = await CachingGateway.start()))
afterEach(() => gateway.close())

const question = { query: LIST }

describe('an answer that is given again', () => {
  it.each([
    ['a list', question],
    ['a list by a name', { query: `query Newest ${LIST}` }],
    [
      'a page with all that belongs to it',
      {
        query: `query ($n: Int, $of: [TaskStatus!]) { tasks(last: $n, filter: { statuses: $of }) {
          edges { cursor node { id } } totalCount pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
          sources { totalCount error { code } source { name callsPerSecond } } } }`,
        variables: { n: 3, of: ['SUCCEEDED'] },
      },
    ],
    [
      'a list by end',
      {
        query:
          '{ postgresTasks(first: 3, orderBy: { field: ENDED_AT }) { edges { cursor node { endedAt } } } }',
      },
    ],
    [
      'a list with fields that variables leave out',
      {
        query: `query ($yes: Boolean!) { tasks(first: 2) { nodes { id @skip(if: $yes) status @include(if: $yes) } } }`,
        variables: { yes: true },
      },
    ],
    [
      'one of several operations',
      {
        query:
          'query A { cdbTasks(first: 1) { nodes { id } } } query B { postgresTasks(first: 1) { nodes { id } } }',
        operationName: 'B',
      },
    ],
    [
      'a list in lists',
      { query: '{ tasks(first: 2) { nodes { instances { id tasks(first: 2) { nodes { id } } } } } }' },
    ],
  ])('is that of one who asks anew, to the letter: %s', async (_, request) => {
    const first = await gateway.post(request)
    const { calls } = gateway
    const second = await gateway.post(request)
    const executed = await gateway.get(request)
    expect(codesOf(first)).toEqual([])
    expect(second.text).toBe(executed.text)
    expect([second.status, second.contentType]).toEqual([first.status, first.contentType])
    expect(second.headers.get('cache-control')).toBe('no-store')
    expect(dataOf(second)).toEqual(dataOf(first))
    expect(gateway.calls).toBe(calls)
  })

  it('goes on with the same walk', async () => {
    const query = `query ($after: String) { cdbTasks(first: 100, after: $after) {
      nodes { taskId } pageInfo { endCursor } } }`
    const seen: unknown[] = []
    for (let after: string | null = null, page = 0; page < 3; page++) {
      await gateway.post({ query, variables: { after } })
      const answer = dataOf(await gateway.post({ query, variables: { after } }))
      seen.push(at(answer, 'cdbTasks', 'nodes'))
      after = textAt(answer, 'cdbTasks', 'pageInfo', 'endCursor')
      gateway.pass(300)
    }
    expect(new Set(seen.flat().map((task) => textAt(task, 'taskId'))).size).toBe(300)
  })

  it('counts the answers that it was made of, and not the attempts', async () => {
    gateway.emulator.faults.add({ service: 'cdb', fault: { kind: 'reset' }, times: 1 })
    expect(upstreamOf(await gateway.post(question))).toMatchObject({ calls: 3 })
    expect(upstreamOf(await gateway.post(question))).toEqual(again(2))
  })
})

describe('the age of an answer that is given again', () => {
  it('stays below the time that is set', async () => {
    await gateway.post(question)
    gateway.change({ TaskStatus: 'PAUSED' })
    gateway.pass(999)
    expect((await gateway.post(question)).text).not.toContain('PAUSED')
    gateway.pass(1)
    const renewed = await gateway.post(question)
    expect([upstreamOf(renewed), renewed.text.includes('PAUSED')]).toEqual([
      expect.objectContaining({ calls: 2 }),
      true,
    ])
  })

  it('is that of the oldest answer in it', async () => {
    const cdb = { query: '{ cdbTasks(first: 5) { nodes { status } } }' }
    await gateway.post(cdb)
    gateway.pass(900)
    await gateway.post(question)
    gateway.change({ TaskStatus: 'PAUSED' })
    gateway.pass(100)
    expect(upstreamOf(await gateway.post(question))).toMatchObject({ calls: 1, cacheHits: 1 })
  })

  /** A page whose count is asked for by itself. */
  const counted = { query: '{ postgresTasks(last: 3, filter: { statuses: [SUCCEEDED] }) { totalCount } }' }
  const countOf = (answer: Awaited<ReturnType<typeof gateway.post>>) =>
    at(dataOf(answer), 'postgresTasks', 'totalCount')

  it('is that of its counts, too', async () => {
    await gateway.post({ query: counted.query.replace('last', 'first') })
    gateway.pass(900)
    gateway.change({ Status: 'Pause' }, 'postgres')
    expect(countOf(await gateway.post(counted))).toBe(300)
    gateway.pass(150)
    expect(countOf(await gateway.post(counted))).toBe(299)
  })

  it('does not matter where a count could not be had', async () => {
    gateway.emulator.faults.add({
      service: 'postgres',
      after: 1,
      fault: { kind: 'apiError', code: 'OperationDenied' },
    })
    expect(countOf(await gateway.post(counted))).toBeNull()
    gateway.emulator.faults.clear()
    expect(countOf(await gateway.post(counted))).toBe(300)
  })

  it('is not mistaken for less when the clock is set back', async () => {
    await gateway.post(question)
    gateway.change({ TaskStatus: 'PAUSED' })
    gateway.pass(-60_000)
    expect((await gateway.post(question)).text).toContain('PAUSED')
  })
})

describe('what is not given again', () => {
  it('is what tells how the sources do', async () => {
    const health = {
      query: '{ tasks(first: 1) { nodes { id } sources { source { name state lastSuccessAt } } } }',
    }
    expect((await gateway.post(health)).text).not.toContain('UNAVAILABLE')
    gateway.pass(1)
    gateway.emulator.faults.add({ service: 'cdb', fault: { kind: 'status', status: 503 } })
    await gateway.post({ query: '{ cdbTasks(first: 3, filter: { statuses: [PAUSED] }) { nodes { id } } }' })
    expect((await gateway.post(health)).text).toContain('UNAVAILABLE')
  })

  it('is a page that lacks a source, whoever is told of it', async () => {
    gateway.emulator.faults.add({ service: 'cdb', fault: { kind: 'apiError', code: 'OperationDenied' } })
    for (const query of [LIST, '{ tasks(first: 5) { nodes { id } } }']) {
      expect((await gateway.post({ query })).text).toContain('UPSTREAM_REJECTED')
      gateway.emulator.faults.clear()
      expect((await gateway.post({ query })).text).not.toContain('UPSTREAM_REJECTED')
      gateway.pass(1000)
      gateway.emulator.faults.add({ service: 'cdb', fault: { kind: 'apiError', code: 'OperationDenied' } })
    }
  })

  it('is a page that could not look whether there is an earlier one', async () => {
    await gateway.close()
    gateway = await CachingGateway.start({ env: { TASK_GATEWAY_SCAN_CALLS: '1' } })
    const query = `query ($after: String) { postgresTasks(first: 1, after: $after, filter: { statuses: [PAUSED] }) {
      pageInfo { endCursor hasPreviousPage } } }`
    const first = dataOf(await gateway.post({ query }))
    const next = { query, variables: { after: textAt(first, 'postgresTasks', 'pageInfo', 'endCursor') } }
    gateway.emulator.faults.add({
      service: 'postgres',
      after: 1,
      fault: { kind: 'apiError', code: 'OperationDenied' },
    })
    expect(upstreamOf(await gateway.post(next))).toMatchObject({ calls: 2 })
    gateway.emulator.faults.clear()
    expect(upstreamOf(await gateway.post(next))).toMatchObject({ calls: 1, cacheHits: 1 })
  })

  it('is a task by its id, whose age is not known', async () => {
    const query =
      'query ($id: ID!) { task(id: $id) { status } tasks(first: 1, filter: { providers: [POSTGRES] }) { nodes { id } } }'
    gateway.change({ TaskStatus: 'RUNNING', EndTime: '' })
    const list = dataOf(await gateway.post({ query: '{ cdbTasks(first: 1) { nodes { id } } }' }))
    const variables = { id: textAt(list, 'cdbTasks', 'nodes', 0, 'id') }
    await gateway.post({ query: 'query ($id: ID!) { task(id: $id) { id } }', variables })
    gateway.change({ TaskStatus: 'PAUSED' })
    gateway.pass(900)
    expect(at(dataOf(await gateway.post({ query, variables })), 'task', 'status')).toBe('RUNNING')
    gateway.pass(100)
    expect(at(dataOf(await gateway.post({ query, variables })), 'task', 'status')).toBe('PAUSED')
  })
})
