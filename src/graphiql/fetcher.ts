import { createGraphiQLFetcher } from '@graphiql/toolkit'

const socketUrl = new URL('/graphql', location.href)
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'

/** Asks the gateway that served this page; what the headers editor has goes into connection_init too. */
export const fetcher = createGraphiQLFetcher({
  url: '/graphql',
  subscriptionUrl: socketUrl.href,
  enableIncrementalDelivery: false,
})
