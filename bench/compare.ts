import { CONTESTANTS } from './compare/contestants'
import { pinAside } from './compare/pinning'
import { startBench } from './compare/processes'
import { startServer, type Server } from './compare/server'
import { compareInTurns, medians, takeTurn, type Situation } from './compare/turns'

async function main(): Promise<void> {
  pinAside(process.pid)
  const bench = await startBench()
  const state = await bench.upstream.tell({})
  const servers: Server[] = []
  for (const contestant of CONTESTANTS) {
    const server = await startServer(contestant, state)
    servers.push(server)
    process.stdout.write(`${contestant.key} cold ${server.coldStartMs.toFixed(0)} ms\n`)
  }
  const warm: Situation = { clients: 50, latencyMs: 0, questions: 'uncached' }
  for (const server of servers) await takeTurn(bench, server, warm, 3000)
  for (const questions of ['uncached', 'shared'] as const) {
    const situation = { clients: 50, latencyMs: 0, questions }
    const results = await compareInTurns(bench, servers, situation, { rounds: 3, turnMs: 1500 })
    process.stdout.write(`\n${questions}\n`)
    for (const r of results) {
      const m = medians(r)
      process.stdout.write(
        `${r.server.contestant.key.padEnd(8)} ${m.perSecond.toFixed(0).padStart(6)}/s p50 ${m.p50Ms.toFixed(1)} p99 ${m.p99Ms.toFixed(1)} cpu ${m.cpuMs.toFixed(3)} calls ${m.calls.toFixed(3)} busy ${m.busy.toFixed(2)}\n`,
      )
    }
  }
  for (const s of servers) await s.stop()
  await bench.stop()
}
void main()
