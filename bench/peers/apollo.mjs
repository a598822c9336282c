// @ts-check
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { resolversOf, typeDefs } from './schema.mjs'
import { settings } from './settings.mjs'
import { findTask, listTasks } from './upstream-sdk.mjs'

/** (a) Apollo Server with the official SDK. */
const server = new ApolloServer({ typeDefs, resolvers: resolversOf(listTasks, findTask) })
await startStandaloneServer(server, { listen: { port: settings.port, host: '127.0.0.1' } })
