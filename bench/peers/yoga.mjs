// @ts-check
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import { resolversOf, typeDefs } from './schema.mjs'
import { settings } from './settings.mjs'
import { listTasks } from './upstream-undici.mjs'

/** (b) GraphQL Yoga with undici and a signature by hand. */
const resolvers = resolversOf(listTasks, () => null)
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false, graphiql: false })
createServer(yoga).listen(settings.port, '127.0.0.1')
