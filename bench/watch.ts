import { startGateway } from './support/gateway'
import { gatewayId } from './support/gateway-ids'
import { runWatch } from './support/watch-load'

/** 200 clients that watch a running task each; see `runWatch`. */
void runWatch(startGateway, gatewayId, (judge, emulator) => {
  process.exitCode = judge.tell(emulator, { calls: 80, ageMs: 1500 }) ? 0 : 1
})
