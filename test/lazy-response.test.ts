import type { UpstreamResponse } from '../src/upstream-call'
import { NO_COST } from '../src/call-cost'
import { LazyResponse } from '../src/tencent/envelope'
import type { RowReport } from '../src/providers/provider'
import { type ListFormat, listPages } from '../src/providers/list-page'
import { POSTGRES_LIST } from '../src/providers/postgres/response'

const BODY = Buffer.from(
  '{"Response":{"TotalCount":1,"TaskSet":[{"TaskId":18446744073709551615}],"RequestId":"r-1"}}',
)
const RESPONSE: UpstreamResponse = {
  fields: { TotalCount: 1, TaskSet: [{ TaskId: 18_446_744_073_709_551_615n }], RequestId: 'r-1' },
  requestId: 'r-1',
  askedAtMs: 1000,
  body: BODY,
}

it('reads as the answer that it was made of, every integer exact', () => {
  const kept = new LazyResponse(RESPONSE)
  expect(kept.fields).toEqual(RESPONSE.fields)
  expect(kept).toMatchObject({ requestId: 'r-1', askedAtMs: 1000, body: BODY })
})

it('is opened once, and not before somebody reads it', () => {
  const parse = jest.spyOn(JSON, 'parse')
  const kept = new LazyResponse(RESPONSE)
  expect(parse).not.toHaveBeenCalled()
  expect(kept.fields).toBe(kept.fields)
  expect(parse).toHaveBeenCalledTimes(1)
  parse.mockRestore()
})

it('is parsed once, and what is odd in it is told of only where it is new', async () => {
  const told: string[] = []
  const report: RowReport = { unknownWord: (_source, _kind, word) => told.push(word), rowLeftOut: () => {} }
  const source = { provider: 'CDB', account: 'default', region: null } as const
  const pages = { count: 0 }
  const countedList: ListFormat = {
    ...POSTGRES_LIST,
    wordsOf() {
      pages.count += 1
      return ['MELTED', 'RestartInstance']
    },
  }
  const parse = async (response: UpstreamResponse) => {
    const call = () => Promise.resolve({ response, cost: NO_COST })
    const options = { key: source, call, ownerOf: () => null, report, now: () => 0 }
    const page = listPages(options, countedList)
    return (await page({ parameters: {} }, 0, 100, { signal: new AbortController().signal })).rows
  }
  const fresh = { ...RESPONSE }
  expect(await parse(fresh)).toBe(await parse(fresh))
  const kept = new LazyResponse(fresh)
  expect(await parse(kept)).toBe(await parse(kept))
  expect(pages.count).toBe(2)
  expect(told).toEqual(['MELTED'])
})
