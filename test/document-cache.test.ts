import { parse } from 'graphql'
import { createDocumentCache } from '../src/graphql/pipeline/server'

const document = (number: number, length = 0) => parse(`{ a${number}(text: "${'x'.repeat(length)}") }`)

it('Apollo keeps the documents that were used last', async () => {
  const store = createDocumentCache()
  const first = document(0)
  await store.set('0', first)
  for (let number = 1; number <= 499; number++) await store.set(String(number), document(number))
  expect(await store.get('0')).toBe(first)
  await store.set('500', document(500))
  expect([await store.get('0'), await store.get('1')]).toEqual([first, undefined])
  await store.delete('0')
  expect(await store.get('0')).toBeUndefined()
})

it('Apollo keeps half a million characters of them', async () => {
  const store = createDocumentCache()
  for (let number = 0; number < 6; number++) await store.set(String(number), document(number, 100_000))
  const kept = await Promise.all(Array.from({ length: 6 }, (_, number) => store.get(String(number))))
  expect(kept.map((one) => one !== undefined)).toEqual([false, true, true, true, true, true])
})
