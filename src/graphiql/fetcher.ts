import { createGraphiQLFetcher } from '@graphiql/toolkit'

/** Asks the gateway that served this page. */
export const fetcher = createGraphiQLFetcher({ url: '/graphql', enableIncrementalDelivery: false })
