import fc from 'fast-check'
import { parseJson, stringifyJson } from '../src/tencent/json'

it.each([
  ['the largest 64-bit number', '18446744073709551615', 18446744073709551615n],
  ['the smallest signed one', '-9223372036854775808', -9223372036854775808n],
  ['the first unsafe integer', '9007199254740992', 9007199254740992n],
  ['the first unsafe negative one', '-9007199254740992', -9007199254740992n],
  ['the last safe integer', '9007199254740991', 9007199254740991],
  ['an integer of 16 digits that is safe', '1234567890123456', 1234567890123456],
  ['an integer of 15 digits', '123456789012345', 123456789012345],
  ['a long fraction', '0.12345678901234567890', 0.12345678901234568],
  ['a long number with a fraction', '12345678901234567890.5', 12345678901234567890.5],
  ['an exponent', '1e21', 1e21],
  ['a long number with an exponent', '12345678901234567890e2', 12345678901234567890e2],
  ['zero', '0', 0],
])('reads %s exactly', (_what, digits, value) => {
  for (const text of [digits, ` ${digits}`, `\n${digits}\n`]) expect(parseJson(text)).toBe(value)
  for (const text of [`[${digits}]`, `[0,${digits}]`, `[0, ${digits}]`, `[0,\t${digits} ]`]) {
    expect(parseJson(text)).toContain(value)
  }
  for (const text of [`{"a":${digits}}`, `{"a": ${digits}}`, `{"a":\r\n${digits}}`]) {
    expect(parseJson(text)).toEqual({ a: value })
  }
})

/** With every bigint as the number that JSON.parse makes of it. */
function rounded(value: unknown): unknown {
  const round = (_key: string, one: unknown): unknown => (typeof one === 'bigint' ? Number(one) : one)
  return JSON.parse(JSON.stringify(value, round))
}

it('differs from JSON.parse in long integers only', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify({ value, long: 0 })
      expect(rounded(parseJson(text))).toEqual(rounded(JSON.parse(text)))
      const long = text.replace(/0}$/, '1234567890123456789}')
      expect(rounded(parseJson(long))).toEqual(rounded(JSON.parse(long)))
    }),
  )
})

it('writes and reads back every 64-bit number', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n), (id) => {
      const back = parseJson(stringifyJson({ id }))
      expect(back).toEqual({ id: Number.isSafeInteger(Number(id)) ? Number(id) : id })
    }),
  )
})

it('leaves a long number inside a text alone', () => {
  expect(parseJson('{"a":": 1234567890123456789","b":"1234567890123456789"}')).toEqual({
    a: ': 1234567890123456789',
    b: '1234567890123456789',
  })
})

it.each([
  ['fast', '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'],
  [
    'exact',
    '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"n":1234567890123456789}',
  ],
])('keeps a key __proto__ an ordinary key on the %s way', (_way, text) => {
  const value = parseJson(text)
  expect(value).not.toHaveProperty('admin')
  expect(Object.keys(value as object)).toContain('__proto__')
  expect({}).not.toHaveProperty('admin')
})

it.each(['fast', 'exact'])('takes the last of two equal keys on the %s way', (way) => {
  const rest = way === 'exact' ? ',"n":1234567890123456789' : ''
  expect(parseJson(`{"a":1,"a":2${rest}}`)).toHaveProperty('a', 2)
})

it.each([
  '',
  '{',
  '{"a":1234567890123456789',
  '1234567890123456789 x',
  '01234567890123456789',
  'undefined',
  '{ 1234567890123456789 : 1 }',
  '{"a":": 1234567890123456789 ",1234567890123456789:1}',
])('refuses %j', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError)
})

it('refuses a long text that was cut off within a string full of quotes, without reading it from each of them', () => {
  const text = `{"n":1234567890123456789,"quoted":"${'\\"'.repeat(500_000)}`
  for (const cut of [text, text.slice(0, -1)]) expect(() => parseJson(cut)).toThrow(SyntaxError)
})

it('leaves out what is undefined, and keeps lists and nested values', () => {
  const value = { a: undefined, b: null, c: [1n, 'x', { d: 2n ** 63n }], e: true }
  expect(stringifyJson(value)).toBe('{"b":null,"c":[1,"x",{"d":9223372036854775808}],"e":true}')
})
