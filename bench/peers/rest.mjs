// @ts-check
import Fastify from 'fastify'
import { settings } from './settings.mjs'
import { listTasks } from './upstream-undici.mjs'

/** (e) One REST route with two calls of undici: what is left where there is no GraphQL. */
const app = Fastify()
app.get('/tasks', async ({ query }) => {
  const { first, from } = /** @type {{ first?: string, from?: string }} */ (query)
  return { nodes: await listTasks(Number(first ?? 20), from) }
})
await app.listen({ port: settings.port, host: '127.0.0.1' })
