import type { UpstreamAnswer } from '../src/tencent/client'
import { LazyResponse } from '../src/tencent/lazy-response'
import { parseOnce } from '../src/providers/parse-once'
import type { RowReport } from '../src/providers/provider'

const BODY = Buffer.from(
  '{"Response":{"TotalCount":1,"TaskSet":[{"TaskId":18446744073709551615}],"RequestId":"r-1"}}',
)
const ANSWER: UpstreamAnswer = {
  response: { TotalCount: 1, TaskSet: [{ TaskId: 18_446_744_073_709_551_615n }], RequestId: 'r-1' },
  requestId: 'r-1',
  askedAtMs: 1000,
  body: BODY,
}

it('reads as the answer that it was made of, every integer exact', () => {
  const kept = new LazyResponse(ANSWER)
  expect(kept.response).toEqual(ANSWER.response)
  expect(kept).toMatchObject({ requestId: 'r-1', askedAtMs: 1000, body: BODY })
})

it('is opened once, and not before somebody reads it', () => {
  const parse = jest.spyOn(JSON, 'parse')
  const kept = new LazyResponse(ANSWER)
  expect(parse).not.toHaveBeenCalled()
  expect(kept.response).toBe(kept.response)
  expect(parse).toHaveBeenCalledTimes(1)
  parse.mockRestore()
})

it('is parsed once, and what is odd in it is told of only where it is new', () => {
  const told: string[] = []
  const report: RowReport = { unknownWord: (_source, _kind, word) => told.push(word), rowLeftOut: () => {} }
  const source = { provider: 'CDB', account: 'default', region: null } as const
  const pages = { count: 0 }
  const parse = parseOnce(({ requestId, askedAtMs }, toTell) => {
    pages.count += 1
    toTell.unknownWord(source, 'status', 'MELTED')
    return { rows: [], total: 0, requestId, askedAtMs }
  }, report)
  const fresh = { ...ANSWER }
  expect(parse(fresh)).toBe(parse(fresh))
  const kept = new LazyResponse(fresh)
  expect(parse(kept)).toBe(parse(kept))
  expect(pages.count).toBe(2)
  expect(told).toEqual(['MELTED'])
})
