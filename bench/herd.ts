import { startGateway } from './support/gateway'
import { runHerd } from './support/herd-load'

/** A thousand clients that all list the newest tasks; see `runHerd`. */
void runHerd(startGateway, 'sources { error { code } }', (judge, emulator) => {
  process.exitCode = judge.tell(emulator, { calls: 29, ageMs: 1500 }) ? 0 : 1
})
