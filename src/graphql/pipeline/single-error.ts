import type { Answered } from './answered'
import { toldOf } from './validation-rules'
import { REFUSAL_STATUS } from '../refusal'

/** Answers a document of which one error says all with that error alone; where it is not trusted, with that status. */
export function tellAlone({ response: { body, http } }: Answered): void {
  if (body.kind !== 'single' || body.singleResult.errors === undefined) return
  const errors = toldOf(body.singleResult.errors)
  body.singleResult.errors = errors
  if (errors[0]?.extensions?.['code'] === 'DOCUMENT_NOT_TRUSTED')
    http.status = REFUSAL_STATUS.DOCUMENT_NOT_TRUSTED
}
