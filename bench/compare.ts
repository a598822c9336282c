import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawChart } from './compare/chart'
import { compare } from './compare/comparison'
import { measureGrowth } from './compare/growth'
import { installPeers } from './compare/install'
import { measureLoads } from './compare/loads'
import type { Measured } from './compare/measured'
import { measureMicro } from './compare/micro'
import { readOptions } from './compare/options'
import { pinAside } from './compare/pinning'
import { startBench } from './compare/processes'
import { report } from './compare/report'
import { measureSources } from './compare/sources'
import { measureStarts } from './compare/starts'
import { measureSubscriptions } from './compare/subscriptions'

/**
 * The gateway beside its peers; see `compare/contestants.ts` for who they are. `--quick` measures the main comparison
 * alone, `--rounds` says how many turns each has. The whole run is written to `results.md` and `comparison.svg`.
 */
const HERE = join(process.cwd(), 'bench')
const START_ROUNDS = 5

async function main(): Promise<void> {
  const options = readOptions()
  installPeers(say)
  pinAside(process.pid)
  const bench = await startBench()
  const comparison = await compare(bench, options, say)
  const rest = options.quick
    ? { sources: null, starts: null, loads: null, growth: null, micro: null, subscriptions: null }
    : {
        sources: await step('more sources', () => measureSources(options)),
        starts: await step('starts and memory', () => measureStarts(bench, START_ROUNDS)),
        loads: await step('herd and watch', measureLoads),
        growth: await step('growth', measureGrowth),
        micro: await step('small work', measureMicro),
        subscriptions: await step('subscriptions', measureSubscriptions),
      }
  await bench.stop()
  const measured: Measured = { options, comparison, ...rest }
  const text = report(measured)
  process.stdout.write(`\n${text}`)
  if (options.quick) return
  writeFileSync(join(HERE, 'results.md'), text)
  writeFileSync(join(HERE, 'comparison.svg'), drawChart(comparison))
}

/** Null, and told, where it fails: the rest of a long run is worth having. */
async function step<T>(name: string, measure: () => T | Promise<T>): Promise<T | null> {
  say(`${name} …`)
  try {
    return await measure()
  } catch (error) {
    say(`${name}: ${String(error)}`)
    process.exitCode = 1
    return null
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

void main()
