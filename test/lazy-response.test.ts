import type { UpstreamResponse } from '../src/upstream-call'
import { NO_COST } from '../src/call-cost'
import { LazyResponse } from '../src/tencent/envelope'
import { parseOnce } from '../src/providers/parse-once'
import type { RowReport } from '../src/providers/provider'

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

it('is parsed once, and what is odd in it is told of only where it is new', () => {
  const told: string[] = []
  const report: RowReport = { unknownWord: (_source, _kind, word) => told.push(word), rowLeftOut: () => {} }
  const source = { provider: 'CDB', account: 'default', region: null } as const
  const pages = { count: 0 }
  const read = parseOnce((_response, toTell) => {
    pages.count += 1
    toTell.unknownWord(source, 'status', 'MELTED')
    return { rows: [], total: 0 }
  }, report)
  const parse = (response: UpstreamResponse) => read({ response, cost: NO_COST }).rows
  const fresh = { ...RESPONSE }
  expect(parse(fresh)).toBe(parse(fresh))
  const kept = new LazyResponse(fresh)
  expect(parse(kept)).toBe(parse(kept))
  expect(pages.count).toBe(2)
  expect(told).toEqual(['MELTED'])
})
