import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { BadInput } from '../src/tasks/bad-input'
import { CursorCodec, type Cursor } from '../src/tasks/cursor'
import { NOT_YET } from '../src/tasks/order'
import { CDB, Desk, OLDEST_FIRST, POSTGRES, type Wish } from './support/paging/desk'

const KEY = Buffer.alloc(32, 1)
const codec = new CursorCodec([KEY])

const second = fc.oneof(fc.integer({ min: -1, max: 4_000_000_000 }), fc.constant(NOT_YET))
const number = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const bound = fc.record({ at: fc.constantFrom('before' as const, 'after' as const), second })
const list = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{8}$/),
  hint: fc.option(fc.record({ offset: fc.nat(1e9), total: fc.nat(1e9) })),
  lag: fc.option(
    fc.record({
      place: fc.option(
        fc.oneof(
          bound,
          fc.record({ at: fc.constant('task' as const), second, number, source: fc.constant('') }),
        ),
      ),
    }),
  ),
  unbegun: fc.option(number),
})
const cursors: fc.Arbitrary<Cursor> = fc.record({
  direction: fc.constantFrom('ASC' as const, 'DESC' as const),
  startedMs: fc.integer({ min: 0, max: 4e12 }),
  newestMs: fc.integer({ min: 4e12, max: 5e12 }),
  place: fc.option(
    fc.oneof(
      bound,
      fc.record({
        at: fc.constant('task' as const),
        second,
        number,
        source: fc.constant('POSTGRES\nproduction\nap-shenzhen-fsi'),
      }),
    ),
  ),
  lists: fc.array(list, { maxLength: 8 }),
})

const OTHERS: readonly { readonly name: string; readonly wish: Wish }[] = [
  { name: 'another status', wish: { filter: { statuses: ['FAILED'] } } },
  { name: 'another product', wish: { filter: { providers: ['CDB'] } } },
  { name: 'an open bound', wish: { filter: { startedAt: { from: 1 } } } },
  { name: 'an instance', wish: { filter: { instanceIds: ['cdb-1'] } } },
  { name: 'another direction', wish: { order: OLDEST_FIRST } },
  { name: 'another field', wish: { order: { field: 'ENDED_AT', direction: 'DESC' } } },
]

describe('a cursor', () => {
  it('says what it was made from', () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        expect(codec.decode(codec.encode(cursor, 'b'), 'b', 'after')).toEqual(cursor)
      }),
    )
  })

  it('is shorter than 512 characters with 8 lists, whatever it holds, and fits into a URL', () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        const text = codec.encode(cursor, 'b')
        expect(text.length).toBeLessThan(512)
        expect(text).toMatch(/^[\w-]+$/)
      }),
    )
  })

  it('is at most 4,096 characters with 512 lists, and says of each where it goes on', () => {
    const many = Array.from({ length: 512 }, (_, index) => index)
    const lists = many.map((index) => ({
      id: index.toString(16).padStart(4, '0').padEnd(8, '7'),
      hint: { offset: 3 * index, total: 20_000 + index },
      lag: index % 7 === 0 ? { place: { at: 'after' as const, second: 1_700_000_000 + (index % 2) } } : null,
      unbegun: null,
    }))
    const place = { at: 'before' as const, second: 1_700_000_000 }
    const cursor: Cursor = { direction: 'DESC', startedMs: 1, newestMs: 2, place, lists }
    const text = codec.encode(cursor, 'b')
    expect(text.length).toBeLessThanOrEqual(4096)
    const read = codec.decode(text, 'b', 'after')
    const lagsOf = ({ lists: all }: Cursor) =>
      all.flatMap(({ id, lag }) => (lag === null ? [] : [`${id} ${lag.place?.second}`])).sort()
    expect(lagsOf(read)).toEqual(lagsOf(cursor))
    const hints = read.lists.filter(({ hint }) => hint !== null)
    expect(hints.length).toBeGreaterThan(300)
    for (const { id, hint } of hints) expect(lists.find((list) => list.id.startsWith(id))?.hint).toEqual(hint)
  })

  it('that would be longer than any that is accepted is not made: the filter names too many lists', () => {
    const lists = Array.from({ length: 2000 }, (_, index) => ({
      id: index.toString(16).padStart(8, '0'),
      hint: null,
      lag: { place: { at: 'after' as const, second: index } },
      unbegun: 2n ** 64n - 1n,
    }))
    const cursor: Cursor = { direction: 'ASC', startedMs: 1, newestMs: 2, place: null, lists }
    expect(() => codec.encode(cursor, 'b')).toThrow('2000 lists')
    const half: Cursor = { ...cursor, lists: lists.slice(0, 900) }
    expect(codec.decode(codec.encode(half, 'b'), 'b', 'after').lists).toHaveLength(1800)
  })

  it('of ours that cannot be read is a mistake of the caller, and what could not be read is not written', () => {
    const whole = Buffer.from(
      codec.encode({ direction: 'ASC', startedMs: 1, newestMs: 2, place: null, lists: [] }, 'b'),
      'base64url',
    ).subarray(0, -16)
    for (let length = 1; length < whole.length; length++) {
      const body = whole.subarray(0, length)
      const mac = createHmac('sha256', KEY).update(body).digest().subarray(0, 16)
      const text = Buffer.concat([body, mac]).toString('base64url')
      expect(() => codec.decode(text, 'b', 'after')).toThrow(BadInput)
    }
    const hint = { offset: -2, total: 1 }
    const lists = [{ id: '00000000', hint, lag: null, unbegun: null }]
    const cursor: Cursor = { direction: 'ASC', startedMs: 1, newestMs: 2, place: null, lists }
    expect(() => codec.encode(cursor, 'b')).toThrow(RangeError)
  })

  it('is refused when one character of it is another', () => {
    const text = codec.encode({ direction: 'ASC', startedMs: 1, newestMs: 2, place: null, lists: [] }, 'b')
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A'
      const forged = text.slice(0, at) + other + text.slice(at + 1)
      expect(() => codec.decode(forged, 'b', 'after')).toThrow('is not a cursor of this list')
    }
  })

  it('is refused in under a millisecond before anything is sent', async () => {
    const desk = new Desk()
    desk.fill(CDB, 30, (index) => index)
    const endCursor = (await desk.page({ first: 5 })).endCursor()
    const forged = (endCursor ?? '').replace(/^.{20}/, 'A'.repeat(20))
    const times: number[] = []
    for (let turn = 0; turn < 50; turn++) {
      const since = performance.now()
      await expect(desk.page({ first: 5, after: forged })).rejects.toThrow('after "AAAA')
      times.push(performance.now() - since)
      expect(desk.calls).toBe(0)
    }
    expect(times.sort((a, b) => a - b)[25]).toBeLessThan(1)
  })

  it.each(OTHERS)('belongs to its filter and order: $name', async ({ wish }) => {
    const desk = new Desk()
    desk.fill(CDB, 30, (index) => index)
    const endCursor = (await desk.page({ first: 5 })).endCursor()
    await expect(desk.page({ first: 5, after: endCursor, ...wish })).rejects.toThrow(
      'another filter or order',
    )
    expect(desk.calls).toBe(0)
  })

  it('outlives a change of the secret as long as the old one is among those that verify', () => {
    const cursor: Cursor = { direction: 'ASC', startedMs: 1, newestMs: 2, place: null, lists: [] }
    const text = codec.encode(cursor, 'b')
    expect(new CursorCodec([Buffer.alloc(32, 2), KEY]).decode(text, 'b', 'after')).toEqual(cursor)
    expect(() => new CursorCodec([Buffer.alloc(32, 2)]).decode(text, 'b', 'after')).toThrow('not a cursor')
  })

  it('says nothing of a secret: it holds no text but the name of a source', async () => {
    const desk = new Desk()
    desk.fill(POSTGRES, 30, (index) => index)
    const endCursor = (await desk.page({ first: 5, order: OLDEST_FIRST })).endCursor()
    const shown = Buffer.from(endCursor ?? '', 'base64url').toString('latin1')
    expect(shown.match(/[\w-]{6,}/g)).toEqual(['POSTGRES', 'default', 'ap-guangzhou'])
  })
})
