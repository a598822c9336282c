import type { ValidationRule } from 'graphql'
import { MAX_VALIDATION_ERRORS } from './document-limits'
import { operationShape } from './operation-shape.rule'
import { documentSize } from './document-size.rule'

export const LIMIT_RULES: readonly ValidationRule[] = [documentSize, operationShape]

/** Beyond the errors allowed graphql-js adds one that says so. */
export const VALIDATION_OPTIONS = { maxErrors: MAX_VALIDATION_ERRORS - 1 }
