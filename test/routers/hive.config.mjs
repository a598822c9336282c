import { defineConfig } from '@graphql-hive/gateway'
import { unifiedGraphHandler } from '@graphql-hive/router-runtime'
import { forwarded } from './forwarded.mjs'

/** Hive Gateway with the planner of Hive Router; `STITCHING=true` leaves it to its own. */
export const gatewayConfig = defineConfig({
  ...(process.env.STITCHING !== 'true' && { unifiedGraphHandler }),
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => forwarded((name) => request.headers.get(name)),
  },
  transportEntries: {
    tasks: {
      options: {
        subscriptions: {
          kind: 'ws',
          options: { connectionParams: { authorization: '{context.headers.authorization}' } },
        },
      },
    },
  },
})
