import { runFuzz } from './support/fuzz/run-fuzz'

it('answers whatever comes in its own words, with no secret and no failure of its own', async () => {
  const { problems, counts } = await runFuzz(1500, 1)
  expect(problems).toEqual([])
  const kinds = new Set([...counts.keys()].map((key) => key.split(' ')[0]))
  expect(kinds).toEqual(new Set(['valid', 'text', 'envelope']))
  expect(counts.get('valid 200')).toBeGreaterThan(150)
}, 60_000)
