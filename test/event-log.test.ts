import { EventLog } from '../src/live/event-log'
import { BadInput } from '../src/tasks/bad-input'

const log = new EventLog('an-epoch', () => 0)
for (let count = 0; count < 100; count++)
  log.append({
    source: null as never,
    before: null,
    happening: { is: 'gap', source: null as never, reason: '', observedMs: 0 } as never,
  })

const textOf = (cursor: string) => Buffer.from(cursor, 'base64url').toString()

describe('the cursor of an event', () => {
  it('is read as the number that it was made of', () => {
    for (const sequence of [0, 1, 99, 100]) expect(log.read(log.cursor(sequence))).toBe(sequence)
  })

  it('does not tell how many events there were', () => {
    const sealed = Array.from({ length: 100 }, (_, at) => textOf(log.cursor(at + 1)).split('.')[2] ?? '')
    expect(new Set(sealed.map(({ length }) => length))).toEqual(new Set([22]))
    // Any order that told it would sort them, one way or the other.
    expect([...sealed].sort()).not.toEqual(sealed)
    expect([...sealed].sort().reverse()).not.toEqual(sealed)
    for (const [at, text] of sealed.entries()) expect(text).not.toContain(`.${at + 1}`)
  })

  it.each([
    ['a number in the clear', Buffer.from('1.an-epoch.5').toString('base64url')],
    ['nothing', ''],
    ['a block that was not sealed here', Buffer.from(`1.an-epoch.${'A'.repeat(22)}`).toString('base64url')],
    ['a block with stray bits', Buffer.from(`1.an-epoch.${'A'.repeat(21)}B`).toString('base64url')],
  ])('is refused where it is forged from %s', (_, cursor) => {
    expect(() => log.read(cursor)).toThrow(BadInput)
  })

  it('is refused where any part of it was changed', () => {
    const [version, epoch, sealed = ''] = textOf(log.cursor(50)).split('.')
    for (let at = 0; at < sealed.length - 1; at++) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
      const cursor = Buffer.from(`${version}.${epoch}.${changed}`).toString('base64url')
      expect(() => log.read(cursor)).toThrow(BadInput)
    }
  })

  it('is of no event here where another process has made it, even with the same number', () => {
    expect(log.read(new EventLog('another', () => 0).cursor(0))).toBeNull()
    expect(() => log.read(new EventLog('an-epoch', () => 0).cursor(0))).toThrow(BadInput)
  })
})
