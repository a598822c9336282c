// @ts-check
import { defineConfig } from '@graphql-hive/gateway'
import { settings } from '../settings.mjs'
import { signedHeaders } from '../tc3.mjs'

/** (c) Hive Gateway over both APIs. It cannot sign, so that a hook of ours does. */

const VERSIONS = { cdb: '2017-03-20', postgres: '2017-03-12' }

/** @type {any} */
const signing = {
  /** @param {{ options: any, setOptions: (options: any) => void }} hook */
  onFetch({ options, setOptions }) {
    const service = options.headers?.['x-tc-product']
    if (service === undefined) return
    const { upstream, credential } = settings
    const [region = ''] = settings.regions
    const call = { host: upstream.host, service, version: VERSIONS[service], region, body: options.body }
    setOptions({ ...options, headers: signedHeaders(call, credential) })
  },
}

export const gatewayConfig = defineConfig({
  supergraph: new URL('supergraph.graphql', import.meta.url).pathname,
  host: '127.0.0.1',
  port: settings.port,
  graphiql: false,
  plugins: () => [signing],
})
