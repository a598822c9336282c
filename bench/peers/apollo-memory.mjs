// @ts-check
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { resolversOf, typeDefs } from './schema.mjs'
import { settings } from './settings.mjs'
import { listTasks } from './upstream-undici.mjs'

/** (f) Apollo Server with an answer that is there already: read once at the start, never again. */
const tasks = await listTasks(100)
const server = new ApolloServer({
  typeDefs,
  resolvers: resolversOf(
    (first) => tasks.slice(0, first),
    () => null,
  ),
})
await startStandaloneServer(server, { listen: { port: settings.port, host: '127.0.0.1' } })
