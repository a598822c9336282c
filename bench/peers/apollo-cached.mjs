// @ts-check
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl'
import { startStandaloneServer } from '@apollo/server/standalone'
import responseCache from '@apollo/server-plugin-response-cache'
import { resolversOf, typeDefs } from './schema.mjs'
import { settings } from './settings.mjs'
import { findTask, listTasks } from './upstream-sdk.mjs'

const TTL_SECONDS = 1

/** (d) The same as (a), with Apollo's own cache of whole answers for as long as the gateway keeps lists. */
const server = new ApolloServer({
  typeDefs,
  resolvers: resolversOf(listTasks, findTask),
  plugins: [ApolloServerPluginCacheControl({ defaultMaxAge: TTL_SECONDS }), responseCache()],
})
await startStandaloneServer(server, { listen: { port: settings.port, host: '127.0.0.1' } })
