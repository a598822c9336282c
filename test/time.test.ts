import fc from 'fast-check'
import { formatBeijingTime, parseBeijingTime, parseTime, unreadableShape } from '../src/tencent/time'

it('reads upstream times as Beijing wall clock', () => {
  expect(parseBeijingTime('1970-01-01 08:00:00')).toBe(0)
  expect(parseBeijingTime('2026-01-01 00:00:00')).toBe(Date.UTC(2025, 11, 31, 16) / 1000)
})

it('agrees with the Postgres document, whose task has made a backup named after the epoch second', () => {
  const backupSecond = 1727414053
  expect(parseBeijingTime('2024-09-27 13:14:11')).toBeLessThan(backupSecond)
  expect(parseBeijingTime('2024-09-27 13:18:11')).toBeGreaterThan(backupSecond)
})

it('has no daylight saving, neither in summer nor in the years when China had it', () => {
  expect(parseBeijingTime('2026-07-01 08:00:00')).toBe(Date.UTC(2026, 6, 1) / 1000)
  expect(parseBeijingTime('1988-07-01 08:00:00')).toBe(Date.UTC(1988, 6, 1) / 1000)
})

it.each([
  ['empty', ''],
  ['the zero date', '0000-00-00 00:00:00'],
  ['null', null],
  ['absent', undefined],
  ['a number', 1551113065],
  ['a day that is not in the calendar', '2026-02-30 00:00:00'],
  ['a month that is not in the calendar', '2026-13-01 00:00:00'],
  ['an hour past the day', '2026-01-01 24:00:00'],
  ['an ISO time', '2026-01-01T00:00:00Z'],
  ['a date alone', '2026-01-01'],
  ['the zero time of Go', '0001-01-01 00:00:00'],
  ['a minute past the hour', '2026-01-01 00:60:00'],
  ['a second past the minute', '2026-01-01 00:00:60'],
  ['a month zero', '2026-00-01 00:00:00'],
  ['a 31 April', '2026-04-31 00:00:00'],
  ['a 29 February of 2100', '2100-02-29 00:00:00'],
  ['surrounding space', ' 2026-01-01 00:00:00'],
  ['fractions', '2026-01-01 00:00:00.000'],
])('reads %s as no time', (_what, text) => {
  expect(parseBeijingTime(text)).toBeNull()
})

it('reads 29 February in a leap year only', () => {
  expect(parseBeijingTime('2024-02-29 00:00:00')).toBe(Date.UTC(2024, 1, 28, 16) / 1000)
  expect(parseBeijingTime('2026-02-29 00:00:00')).toBeNull()
})

it('reads back every second that it writes', () => {
  const second = fc.integer({ min: 0, max: Date.UTC(9999, 0, 1) / 1000 })
  fc.assert(fc.property(second, (value) => parseBeijingTime(formatBeijingTime(value)) === value))
})

describe('a time of a row', () => {
  const SECOND = Date.UTC(2026, 0, 1) / 1000

  it.each([
    '2026-01-01 08:00:00',
    ' 2026-01-01 08:00:00 ',
    '2026-01-01 08:00:00.999',
    '2026-01-01T00:00:00Z',
    '2026-01-01t00:00:00.5z',
    '2026-01-01T08:00:00+08:00',
    '2025-12-31T19:00:00-0500',
    '2026-01-01 00:00:00Z',
    SECOND,
    SECOND + 0.25,
    String(SECOND),
    SECOND * 1000,
    `${SECOND}999`,
  ])('has but one meaning in the form %j', (value) => {
    expect(parseTime(value)).toBe(SECOND)
    expect(unreadableShape(value)).toBeNull()
  })

  it.each([
    '',
    ' ',
    0,
    '0',
    '0000-00-00 00:00:00',
    '0001-01-01T00:00:00Z',
    '1970-01-01 08:00:00',
    '1970-01-01T00:00:00Z',
    null,
    undefined,
    {},
  ])('is none, which is nothing to report: %j', (value) => {
    expect(parseTime(value)).toBeNull()
    expect(unreadableShape(value)).toBeNull()
  })

  it.each([
    ['2026-01-01T00:00:00', '0000-00-00a00:00:00'],
    ['2026-01-01', '0000-00-00'],
    ['01/02/2026', '00/00/0000'],
    ['2026-02-30 00:00:00', '0000-00-00 00:00:00'],
    ['2026-01-01 00:00:00 CST', '0000-00-00 00:00:00 aaa'],
    [20260101, '00000000'],
    [123, '000'],
    ['9'.repeat(100), '0'.repeat(40)],
    ['soon', 'aaaa'],
  ])('that may mean several things, or nothing, is none and has a shape: %j', (value, shape) => {
    expect(parseTime(value)).toBeNull()
    expect(unreadableShape(value)).toBe(shape)
  })
})
