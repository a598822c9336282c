// @ts-check
import { defineConfig } from '@graphql-mesh/compose-cli'
import { loadJSONSchemaSubgraph } from '@omnigraph/json-schema'

/** Both cloud APIs as two root fields; `npm run compose` writes supergraph.graphql from this. */

const string = { type: 'string' }
const integer = { type: 'integer' }
const strings = { type: 'array', items: string }

const CDB = api({
  name: 'cdb',
  parameters: { StartTimeBegin: string, Limit: integer },
  rows: 'Items',
  row: {
    JobId: integer,
    AsyncRequestId: string,
    TaskStatus: string,
    TaskType: string,
    StartTime: string,
    EndTime: string,
    Progress: integer,
    InstanceIds: strings,
  },
})

const POSTGRES = api({
  name: 'postgres',
  parameters: { MinStartTime: string, Limit: integer },
  rows: 'TaskSet',
  row: {
    TaskId: integer,
    Status: string,
    TaskType: string,
    StartTime: string,
    EndTime: string,
    Progress: integer,
    DBInstanceId: string,
  },
})

export const composeConfig = defineConfig({ subgraphs: [CDB, POSTGRES] })

/** @param {{ name: string, parameters: object, rows: string, row: object }} api */
function api({ name, parameters, rows, row }) {
  const of = (/** @type {string} */ what) => `${name}_${what}`
  return {
    sourceHandler: loadJSONSchemaSubgraph(name, {
      endpoint: '{env.UPSTREAM}',
      operationHeaders: { 'content-type': 'application/json', 'x-tc-product': name },
      operations: [
        {
          type: 'Query',
          field: name,
          path: '/',
          method: 'POST',
          requestSchema: /** @type {any} */ ({
            type: 'object',
            title: of('Question'),
            properties: parameters,
          }),
          responseSchema: /** @type {any} */ ({
            type: 'object',
            title: of('Answer'),
            properties: {
              Response: {
                type: 'object',
                title: of('Response'),
                properties: {
                  TotalCount: integer,
                  [rows]: { type: 'array', items: { type: 'object', title: of('Row'), properties: row } },
                },
              },
            },
          }),
        },
      ],
    }),
  }
}
