import { parseArgs } from 'node:util'
import { runFuzz } from '../test/support/fuzz/run-fuzz'

const SLOW_MS = 1000

/** Sends the gateway what it was not made for, and says what it made of it. */
async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  })
  const { counts, problems, slowestMs, slowest } = await runFuzz(Number(values.inputs), Number(values.seed))
  for (const [key, count] of [...counts].sort()) console.log(`${key}: ${count}`)
  console.log(`slowest: ${Math.round(slowestMs)} ms, ${slowest}`)
  console.log(`problems: ${problems.length}`)
  for (const problem of problems) console.log(problem)
  return problems.length === 0 && slowestMs < SLOW_MS
}

void main().then((isSound) => {
  process.exitCode = isSound ? 0 : 1
})
