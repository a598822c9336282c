import { at } from './support/answer'
import { again, codesOf, dataOf, LIST, CachingGateway, upstreamOf } from './support/caching-gateway'

let gateway: CachingGateway
beforeEach(async () => (gateway = await CachingGateway.start()))
afterEach(() => gateway.close())

const question = { query: LIST }

describe('equal questions at the same time', () => {
  const together = (count: number) => Array.from({ length: count }, () => gateway.post(question))

  it('are answered by one answer', async () => {
    gateway.hold()
    const answers = together(12)
    await gateway.arrived()
    gateway.release()
    const [first, ...others] = (await Promise.all(answers)).sort((a, b) => a.text.length - b.text.length)
    const costs = [first, ...others].map((answer) => answer && upstreamOf(answer))
    expect(costs.filter((cost) => at(cost, 'calls') === 2)).toHaveLength(1)
    expect(costs.filter((cost) => at(cost, 'calls') === 0)).toEqual(others.map(() => again(2)))
    expect(new Set([first, ...others].map((answer) => JSON.stringify(answer && dataOf(answer)))).size).toBe(1)
    expect(gateway.calls).toBe(2)
  })

  it('are answered so however long that takes', async () => {
    gateway.hold()
    const answers = together(5)
    await gateway.arrived()
    gateway.pass(1500)
    gateway.release()
    await Promise.all(answers)
    expect(gateway.calls).toBe(2)
  })

  it('are answered anew where they came when it was old', async () => {
    gateway.hold()
    const early = gateway.post(question)
    await gateway.arrived()
    gateway.pass(1000)
    const late = gateway.post(question)
    await gateway.arrived()
    gateway.release()
    expect(upstreamOf(await early)).toMatchObject({ calls: 2 })
    expect(upstreamOf(await late)).toMatchObject({ calls: 2 })
  })

  it('are answered when who came first has left, and when one who waits leaves', async () => {
    gateway.hold()
    const [first, third] = [new AbortController(), new AbortController()]
    const leaving = [gateway.post(question, {}, first.signal)]
    await gateway.arrived()
    const second = gateway.post(question)
    leaving.push(gateway.post(question, {}, third.signal))
    const fourth = gateway.post(question)
    await gateway.arrived()
    third.abort()
    first.abort()
    expect((await Promise.allSettled(leaving)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    gateway.release()
    for (const answer of await Promise.all([second, fourth])) expect(codesOf(answer)).toEqual([])
    expect(upstreamOf(await gateway.post(question))).toEqual(again(2))
  })

  it('cost no upstream for who has left while waiting', async () => {
    gateway.hold()
    const [first, second] = [new AbortController(), new AbortController()]
    const leading = gateway.post(question, {}, first.signal)
    await gateway.arrived()
    const waiting = gateway.post(question, {}, second.signal)
    await gateway.arrived()
    second.abort()
    await expect(waiting).rejects.toThrow()
    await gateway.arrived()
    first.abort()
    await expect(leading).rejects.toThrow()
    await gateway.arrived()
    expect(gateway.calls).toBe(2)
  })

  it('are told each of a failure, which is not kept', async () => {
    const query = '{ cdbTasks(first: 5) { nodes { id } } }'
    gateway.emulator.faults.add({ service: 'cdb', fault: { kind: 'apiError', code: 'OperationDenied' } })
    gateway.hold()
    const answers = Array.from({ length: 5 }, () => gateway.post({ query }))
    await gateway.arrived()
    gateway.release()
    for (const answer of await Promise.all(answers)) expect(codesOf(answer)).toEqual(['UPSTREAM_REJECTED'])
    gateway.emulator.faults.clear()
    gateway.hold()
    const good = [gateway.post({ query }), gateway.post({ query })]
    await gateway.arrived()
    gateway.release()
    expect((await Promise.all(good)).map(upstreamOf)).toContainEqual(again(1))
  })

  it('do not wait for one that stays under way for long', async () => {
    gateway.hold()
    const first = gateway.post(question)
    await gateway.arrived()
    const second = gateway.post(question)
    await new Promise((resolve) => setTimeout(resolve, 3100))
    gateway.release()
    expect(upstreamOf(await first)).toMatchObject({ calls: 2 })
    expect(upstreamOf(await second)).toMatchObject({ calls: 0, cacheHits: 0, shared: 2 })
  })
})
