import { isService, type Service } from '../world/products'
import { readId, type RowId, type WireRow } from '../world/row'
import type { Fault, FaultRule } from './faults'
import type { Oddity } from './oddities'

/** A body that an admin route cannot use; the message says why. */
export class BadInput extends Error {
  override readonly name = 'BadInput'
}

export type Fields = Readonly<Record<string, unknown>>

/** @throws BadInput, as all readers here */
export function readFields(value: unknown, name = 'the body'): Fields {
  if (!isFields(value)) throw new BadInput(`${name} must be a JSON object`)
  return value
}

export function readService(fields: Fields): Service {
  const { service } = fields
  if (typeof service === 'string' && isService(service)) return service
  throw new BadInput('"service" must be "cdb" or "postgres"')
}

export function readText(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string') return value
  throw new BadInput(`"${name}" must be a text`)
}

export function readNumber(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value === 'number') return value
  throw new BadInput(`"${name}" must be a number`)
}

export function readRowId(fields: Fields): RowId {
  const id = readId(fields['id'])
  if (id !== null) return id
  throw new BadInput('"id" must be an integer')
}

export function readRow(fields: Fields): WireRow {
  return readFields(fields['row'] ?? {}, '"row"')
}

export function readFaultRule(fields: Fields): FaultRule {
  const { region } = fields
  if (region !== undefined && region !== null && typeof region !== 'string') {
    throw new BadInput('"region" must be a text or null')
  }
  const what =
    fields['oddity'] === undefined
      ? { fault: readFault(readFields(fields['fault'], '"fault"')) }
      : { oddity: readOddity(readFields(fields['oddity'], '"oddity"')) }
  return {
    ...what,
    ...(fields['service'] === undefined ? {} : { service: readService(fields) }),
    ...(region === undefined ? {} : { region }),
    ...(fields['secretId'] === undefined ? {} : { secretId: readText(fields, 'secretId') }),
    ...(fields['times'] === undefined ? {} : { times: readNumber(fields, 'times') }),
    ...(fields['after'] === undefined ? {} : { after: readNumber(fields, 'after') }),
    ...(fields['probability'] === undefined ? {} : { probability: readNumber(fields, 'probability') }),
  }
}

function readFault(fields: Fields): Fault {
  const kind = readText(fields, 'kind')
  switch (kind) {
    case 'reset':
    case 'hang':
    case 'truncated':
    case 'endless':
      return { kind }
    case 'slow':
      return { kind, delayMs: readNumber(fields, 'delayMs') }
    case 'drip':
      return { kind, pauseMs: readNumber(fields, 'pauseMs') }
    case 'badJson':
      return fields['text'] === undefined ? { kind } : { kind, text: readText(fields, 'text') }
    case 'body':
      return { kind, json: fields['json'] }
    case 'response':
      return { kind, fields: readFields(fields['fields'], '"fault.fields"') }
    case 'huge':
      return { kind, bytes: readNumber(fields, 'bytes') }
    case 'status':
      return { kind, status: readNumber(fields, 'status'), ...optionalText(fields, 'html') }
    case 'apiError':
      return { kind, code: readText(fields, 'code'), ...optionalText(fields, 'message') }
    default:
      throw new BadInput(`"fault.kind" is "${kind}", which is no fault`)
  }
}

function readOddity(fields: Fields): Oddity {
  const kind = readText(fields, 'kind')
  switch (kind) {
    case 'count':
      return {
        kind,
        ...optionalNumber(fields, 'factor'),
        ...optionalNumber(fields, 'add'),
        asText: fields['asText'] === true,
      }
    case 'cap':
      return { kind, rows: readNumber(fields, 'rows') }
    case 'row':
      return {
        kind,
        ...optionalNumber(fields, 'id'),
        fields: readFields(fields['fields'], '"oddity.fields"'),
      }
    case 'hugeRow':
      return { kind, id: readNumber(fields, 'id'), bytes: readNumber(fields, 'bytes') }
    default:
      throw new BadInput(`"oddity.kind" is "${kind}", which is no oddity`)
  }
}

function optionalNumber<Name extends string>(fields: Fields, name: Name): { [Key in Name]?: number } {
  return fields[name] === undefined ? {} : ({ [name]: readNumber(fields, name) } as { [Key in Name]: number })
}

function optionalText<Name extends string>(fields: Fields, name: Name): { [Key in Name]?: string } {
  return fields[name] === undefined ? {} : ({ [name]: readText(fields, name) } as { [Key in Name]: string })
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
