import type { DayKey } from '../../tencent/sign'
import { ApiError } from '../world/api-error'
import { isService, PRODUCTS, type Service } from '../world/products'
import { refusal, type WireAnswer, type World } from '../world/world'
import type { CallLog, Call } from './call-log'
import type { ShiftedClock } from './clock'
import type { EmulatedCredential } from './credential'
import type { Fault, Faults } from './faults'
import { readJson } from './json'
import { distort } from './oddities'
import type { Quota } from './quota'
import { readAuthorization, verify, type Authorization, type SignedRequest } from './verify'

/** What a call is answered from. */
export interface Backend {
  readonly clock: ShiftedClock
  readonly credentials: readonly EmulatedCredential[]
  readonly dayKey: DayKey
  readonly world: World
  readonly quota: Quota
  readonly faults: Faults
  readonly log: CallLog
}

/** A request as it arrived; header names are lower-case. */
export interface ReceivedRequest extends SignedRequest {
  readonly method: string
  readonly path: string
}

/** The right answer, and what is to go wrong with it. */
export interface Verdict {
  readonly call: Call
  readonly answer: WireAnswer
  readonly fault: Fault | null
}

/** Checks a request as the cloud does (signature, version, action, quota) and asks the world. */
export function answerCall(request: ReceivedRequest, backend: Backend): Verdict {
  const { method, path } = request
  const body = tryReadJson(request.body)
  const call = backend.log.add(describeCall(request, body, backend.clock))
  let fault: Fault | null = null
  let { world } = backend
  try {
    if (path !== '/') throw new ApiError('InvalidParameter', 'The path must be `/`.')
    if (method !== 'POST' || !isJson(request.headers['content-type'])) throw unsupported()
    const given = readAuthorization(request.headers['authorization'])
    const { account = 'default', world: own } = verifyNow(request, given, backend)
    world = own ?? world
    const service = readService(given.service, request.headers['x-tc-version'])
    checkAction(request.headers['x-tc-action'], service)
    const region = call.region ?? PRODUCTS[service].regionWhenAbsent(world.assumptions) ?? ''
    backend.quota.take(account, service, region, backend.clock.real())
    const struck = backend.faults.take(call)
    fault = struck.fault
    const answer = world.describe(service, call.region, parametersIn(body), backend.clock.now())
    return { call, answer: distort(answer, struck.oddities), fault }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { call, answer: refusal(error, world.requestId()), fault }
  }
}

function verifyNow(request: SignedRequest, given: Authorization, backend: Backend): EmulatedCredential {
  return verify(request, given, backend.credentials, backend.clock.now(), backend.dayKey)
}

/** As far as it can be told before anything is checked. */
function describeCall({ headers, body: text }: SignedRequest, body: Body, clock: ShiftedClock): Call {
  const [, secretId = '', scope = ''] =
    /Credential=([^/]*)\/[^/]*\/([^/]*)/.exec(headers['authorization'] ?? '') ?? []
  return {
    atMs: clock.real(),
    service: serviceNamed(scope, headers['x-tc-version']) ?? scope,
    region: headers['x-tc-region'] ?? null,
    action: headers['x-tc-action'] ?? '',
    parameters: body === null ? text : body.value,
    secretId,
    outcome: 'pending',
    requestId: null,
  }
}

/** A body that is JSON; null where it is none. */
type Body = { readonly value: unknown } | null

function tryReadJson(text: string): Body {
  try {
    return { value: readJson(text) }
  } catch {
    return null
  }
}

function parametersIn(body: Body): unknown {
  if (body !== null) return body.value
  throw new ApiError('InvalidParameter', 'The request body is not valid JSON.')
}

/** The official Node SDK signs for the first label of the endpoint (`127`), so the version decides then. */
function serviceNamed(scope: string, version: string | undefined): Service | null {
  if (isService(scope)) return scope
  if (version === PRODUCTS.cdb.version) return 'cdb'
  return version === PRODUCTS.postgres.version ? 'postgres' : null
}

function readService(scope: string, version: string | undefined): Service {
  if (version === undefined) throw missing('X-TC-Version')
  const service = serviceNamed(scope, version)
  if (service !== null && PRODUCTS[service].version === version) return service
  throw new ApiError(
    'NoSuchVersion',
    `The specified api version=\`${version}\` does not exist in service=\`${scope}\`.`,
  )
}

function checkAction(action: string | undefined, service: Service): void {
  if (action === undefined) throw missing('X-TC-Action')
  if (action === 'DescribeTasks') return
  const { version } = PRODUCTS[service]
  throw new ApiError(
    'InvalidAction',
    `The request action=\`${action}\` is invalid or not found in service=\`${service}\` and version=\`${version}\`.`,
  )
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/json(;|$)/i.test(contentType)
}

function missing(name: string): ApiError {
  return new ApiError('MissingParameter', `The request is missing a required parameter \`${name}\`.`)
}

function unsupported(): ApiError {
  return new ApiError('UnsupportedProtocol', 'Only POST with a JSON body is emulated.')
}
