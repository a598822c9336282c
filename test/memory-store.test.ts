import { createMemoryStore } from '../src/cache/memory-store'

it('what is over leaves within a quarter of a second of the next entry, though nobody asks for it', () => {
  let nowMs = 1_000_000
  const store = createMemoryStore<object>({ maxEntries: 10, maxBytes: 100, now: () => nowMs })
  store.set('old', {}, 100, 1)
  nowMs += 200
  store.set('young', {}, 1000, 1)
  expect(store.size().entries).toBe(2)
  nowMs += 50
  store.set('new', {}, 1000, 1)
  expect(store.size()).toEqual({ entries: 2, bytes: 2 })
})
