import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled'
import { startStandaloneServer } from '@apollo/server/standalone'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import { companySdl, type Part } from './compose'

export interface Company {
  readonly parts: readonly Part[]
  close(): Promise<void>
}

interface Reference {
  readonly id: string
}

const instanceOf = ({ id }: Reference) => ({ id, owner: `owner of ${id}`, environment: 'production' })
const taskOf = ({ id }: Reference) => ({ id, ticket: `ticket of ${id}` })

/** What the inventory and the tickets say; `instances` are those that the inventory lists. */
function partsOf(instances: readonly string[]) {
  return {
    inventory: {
      Query: {
        instance: (_: unknown, reference: Reference) => instanceOf(reference),
        instances: () => instances.map((id) => instanceOf({ id })),
      },
      DatabaseInstance: { __resolveReference: instanceOf },
    },
    tickets: {
      Query: {
        ticketed: (_: unknown, { ids }: { ids: readonly string[] }) => ids.map((id) => taskOf({ id })),
      },
      Task: { __resolveReference: taskOf },
    },
  }
}

/** The other two subgraphs of the company, on free ports. */
export async function startCompany(instances: readonly string[]): Promise<Company> {
  const { inventory, tickets } = partsOf(instances)
  const started = [await start('inventory', inventory), await start('tickets', tickets)]
  return {
    parts: started.map(({ part }) => part),
    close: async () => {
      await Promise.all(started.map(({ server }) => server.stop()))
    },
  }
}

async function start(name: 'inventory' | 'tickets', resolvers: object) {
  const sdl = companySdl(name)
  const schema = buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: { ...resolvers } })
  const plugins = [ApolloServerPluginInlineTraceDisabled()]
  const server = new ApolloServer({ schema, plugins, stopOnTerminationSignals: false })
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } })
  return { server, part: { name, url, sdl } }
}
